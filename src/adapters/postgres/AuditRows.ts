/**
 * Rows of the audit log, and what they are in the model. A link of a chain is read without a complaint, whatever it
 * became: that it can't be read is what a verification wants to know.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { Effect, Option, Schema } from "effect"
import { AccountId } from "../../domain/model/Account.ts"
import {
  AccountPart,
  actorFromText,
  AuditAction,
  AuditEntry,
  AuditEntryId,
  AuditEvent
} from "../../domain/model/Audit.ts"
import { SessionId } from "../../domain/model/Session.ts"
import type { ChainHead, ChainLink } from "../../ports/AuditLog.ts"
import { ImpossibleRow, reader } from "./rows.ts"

const EventRow = Schema.Struct({
  chain: Schema.String,
  id: AuditEntryId,
  occurred_at: Schema.DateTimeUtcFromDate,
  actor: Schema.String,
  action: AuditAction,
  account_id: Schema.NullOr(AccountId),
  session_id: Schema.NullOr(SessionId),
  changed: Schema.String,
  request_id: Schema.NullOr(Schema.String),
  client_address: Schema.NullOr(Schema.String)
})

const PlaceRow = Schema.Struct({ chain: Schema.String, sequence: Schema.Int, hash: Schema.String })

const ChainRow = Schema.Struct({ chain: Schema.String })

const readPlace = reader("audit_log", "chain", PlaceRow)
const readChain = reader("audit_log", "chain", ChainRow)
const readEvent = Schema.decodeUnknownOption(EventRow)
const readParts = Schema.decodeUnknownOption(Schema.Array(AccountPart))

export const toChainHead = (row: Row): Effect.Effect<ChainHead> => readPlace(row)

export const toChainName = (row: Row): Effect.Effect<string> => Effect.map(readChain(row), (read) => read.chain)

export const toChainLink = (row: Row): Effect.Effect<ChainLink> =>
  Effect.map(readPlace(row), ({ hash, sequence }) => ({ sequence, hash, event: toEvent(row) }))

export const toAuditEntry = (row: Row): Effect.Effect<AuditEntry> =>
  Effect.flatMap(readPlace(row), ({ chain, hash, sequence }) =>
    Option.match(toEvent(row), {
      onNone: () =>
        Effect.die(
          new ImpossibleRow({ message: `Table audit_log holds an impossible row: ${chain}, sequence ${sequence}` })
        ),
      onSome: (event) => Effect.succeed(AuditEntry.make({ event, hash, sequence }))
    }))

const toEvent = (row: Row): Option.Option<AuditEvent> =>
  Option.gen(function*() {
    const read = yield* readEvent(row)
    return AuditEvent.make({
      id: read.id,
      chain: read.chain,
      occurredAt: read.occurred_at,
      actor: yield* actorFromText(read.actor),
      action: read.action,
      accountId: read.account_id ?? undefined,
      sessionId: read.session_id ?? undefined,
      changed: yield* readParts(read.changed === "" ? [] : read.changed.split(",")),
      requestId: read.request_id ?? undefined,
      clientAddress: read.client_address ?? undefined
    })
  })
