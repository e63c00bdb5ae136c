/**
 * Maps rows of the audit log to the model. An entry is always readable, whatever its content: a verification needs to
 * see entries that are no events.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { Option, Schema } from "effect"
import { AccountId } from "../../../domain/model/Account.ts"
import {
  actorFromText,
  AuditAction,
  AuditDetail,
  AuditEntryId,
  AuditEvent,
  CHAIN_START
} from "../../../domain/model/Audit.ts"
import type { StoredEntry } from "../../../domain/model/Audit.ts"
import { SessionId } from "../../../domain/model/Session.ts"
import type { ChainState } from "../../../ports/Directory.ts"
import { reader } from "../rows.ts"

/**
 * The columns that `toStoredEntry` reads. Instants are written in whole milliseconds, so one with a fraction was
 * altered.
 */
export const entryColumns = `chain, sequence::float8 AS sequence, hash, id, occurred_at, actor, action, account_id,
  session_id, changed, request_id, client_address,
  occurred_at = date_trunc('milliseconds', occurred_at) AS in_milliseconds`

const EventRow = Schema.Struct({
  chain: Schema.String,
  id: AuditEntryId,
  occurred_at: Schema.DateTimeUtcFromDate,
  in_milliseconds: Schema.Literal(true),
  actor: Schema.String,
  action: AuditAction,
  account_id: Schema.NullOr(AccountId),
  session_id: Schema.NullOr(SessionId),
  changed: Schema.String,
  request_id: Schema.NullOr(Schema.String),
  client_address: Schema.NullOr(Schema.String)
})

const PlaceRow = Schema.Struct({
  id: Schema.String,
  chain: Schema.String,
  sequence: Schema.Finite,
  hash: Schema.String
})

const ChainRow = Schema.Struct({
  chain: Schema.String,
  sequence: Schema.NullOr(Schema.Finite),
  hash: Schema.NullOr(Schema.String),
  start_sequence: Schema.NullOr(Schema.Finite),
  start_hash: Schema.NullOr(Schema.String),
  first: Schema.NullOr(Schema.Finite),
  last: Schema.NullOr(Schema.Finite)
})

const readPlace = reader("audit_log", "chain", PlaceRow)
const readChain = reader("audit_chains", "chain", ChainRow)
const readEvent = Schema.decodeUnknownOption(EventRow)
const readParts = Schema.decodeUnknownOption(Schema.Array(AuditDetail))

export const toChainState = (row: Row): ChainState => {
  const { chain, first, hash, last, sequence, start_hash, start_sequence } = readChain(row)
  return {
    chain,
    start: { sequence: start_sequence ?? 0, hash: start_hash ?? CHAIN_START },
    head: sequence === null || hash === null ? Option.none() : Option.some({ chain, sequence, hash }),
    span: first === null || last === null ? Option.none() : Option.some({ first, last })
  }
}

export const toStoredEntry = (row: Row): StoredEntry => ({
  ...readPlace(row),
  event: Option.getOrUndefined(toEvent(row))
})

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
