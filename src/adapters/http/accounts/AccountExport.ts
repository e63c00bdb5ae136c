/** The answer to `GET /accounts/me/export`, which is written while it is read. */
import { Schema, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import type { StoredRecords } from "../../../domain/accounts/OwnRecords.ts"
import type { Account, PendingEmails } from "../../../domain/model/Account.ts"
import { StoreDeadline } from "../../../ports/StoreDeadline.ts"
import {
  OwnEntryResource,
  ownEntryResource,
  OwnMailResource,
  ownMailResource
} from "../../../resources/AccountExportResource.ts"
import { AccountResource, accountResource } from "../../../resources/AccountResource.ts"
import { factorMembers } from "../../../resources/FactorResource.ts"
import { sessionMembers, SessionMembersResource } from "../../../resources/SessionResource.ts"

const encodeAccount = Schema.encodeSync(AccountResource)
const encodeMail = Schema.encodeSync(OwnMailResource)
const encodeSession = Schema.encodeSync(SessionMembersResource)
const encodeEntry = Schema.encodeSync(OwnEntryResource)

/** A failure on the way cuts the answer off, so that nobody takes what there is of it for the whole. */
export const accountExportResponse = (account: Account, pending: PendingEmails, data: StoredRecords) => {
  const known = {
    account: encodeAccount(accountResource(account, pending)),
    external_id: data.externalId ?? null,
    factors: data.factors.map(factorMembers)
  }
  const text = Stream.concat(
    Stream.make(`${JSON.stringify(known).slice(0, -1)},"mails":[`),
    elements(data.mails, (mail) => encodeMail(ownMailResource(mail)))
  ).pipe(
    Stream.concat(Stream.make("],\"sessions\":[")),
    Stream.concat(elements(data.sessions, (session) => encodeSession(sessionMembers(session)))),
    Stream.concat(Stream.make("],\"audit_log\":[")),
    Stream.concat(elements(data.events, (event) => encodeEntry(ownEntryResource(event)))),
    Stream.concat(Stream.make("]}"))
  )
  // It may take longer than other requests.
  const bytes = text.pipe(Stream.encodeText, Stream.provideService(StoreDeadline, undefined))
  return HttpServerResponse.stream(bytes, { contentType: "application/json" })
}

/** The elements of a JSON array, with commas between them. */
const elements = <A, E>(parts: Stream.Stream<ReadonlyArray<A>, E>, encode: (item: A) => object) =>
  Stream.map(
    Stream.zipWithIndex(parts),
    ([items, index]) => `${index === 0 ? "" : ","}${items.map((item) => JSON.stringify(encode(item))).join(",")}`
  )
