/** The public form of an entry of the audit log, in HTTP and in the command line's JSON. */
import { Schema } from "effect"
import { AccountPart, apiKeyOf, AuditAction, changedIn, methodsIn } from "../domain/model/Audit.ts"
import type { Actor, StoredEntry } from "../domain/model/Audit.ts"
import { AuthenticationMethod } from "../domain/model/Authentication.ts"
import { instant } from "./Instant.ts"
import { text } from "./Text.ts"

const nullable = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.NullOr(schema).annotate({ description })

export const methods = Schema.Array(AuthenticationMethod).annotate({
  description: "Of a session that began or was elevated, how its holder proved who they are, by the names of RFC 8176"
})

export const AuditEntryResource = Schema.Struct({
  id: text("Sorts by time", "aud_02qo8ey96xw3vwzfm9q0jk5tc"),
  occurred_at: nullable(instant("When it happened"), "Null if the entry can't be read"),
  actor: nullable(
    Schema.Struct({
      type: Schema.Literals(["account", "admin", "anonymous", "api_key", "system"]),
      id: Schema.optionalKey(Schema.String.annotate({ description: "Of an account or an API key" })),
      name: Schema.optionalKey(Schema.String.annotate({ description: "Of an administrator" }))
    }),
    "Who did it; null if the entry can't be read"
  ),
  action: nullable(AuditAction, "What was done; null if the entry can't be read"),
  account_id: nullable(Schema.String, "The account that it is about"),
  session_id: nullable(Schema.String, "The session that it is about"),
  api_key_id: nullable(Schema.String, "The API key that it is about"),
  changed: Schema.Array(AccountPart).annotate({ description: "Which parts of the account changed" }),
  amr: methods,
  request_id: nullable(Schema.String, "The `x-request-id` of the request that did it"),
  client_address: nullable(Schema.String, "The address that it was asked for from"),
  sequence: Schema.Int.annotate({ description: "Its place in its chain", examples: [1] }),
  hash: Schema.String.annotate({ description: "What the next entry of its chain is linked to" }),
  unreadable: Schema.optionalKey(Schema.Boolean).annotate({
    description: "Whether the stored entry can't be read, which only tampering explains"
  })
}).annotate({ identifier: "AuditEntry", description: "Something that happened to an account, a session or a key" })

export const auditEntryResource = ({ event, hash, id, sequence }: StoredEntry): typeof AuditEntryResource.Type => ({
  id,
  occurred_at: event?.occurredAt ?? null,
  actor: event === undefined ? null : actorResource(event.actor),
  action: event?.action ?? null,
  account_id: event?.accountId ?? null,
  session_id: event?.sessionId ?? null,
  api_key_id: (event === undefined ? undefined : apiKeyOf(event)) ?? null,
  changed: event === undefined ? [] : changedIn(event),
  amr: event === undefined ? [] : methodsIn(event),
  request_id: event?.requestId ?? null,
  client_address: event?.clientAddress ?? null,
  sequence,
  hash,
  ...(event === undefined ? { unreadable: true } : {})
})

const actorResource = (actor: Actor) => {
  if (actor.type === "admin") return { type: actor.type, name: actor.name }
  return "id" in actor ? { type: actor.type, id: actor.id } : { type: actor.type }
}
