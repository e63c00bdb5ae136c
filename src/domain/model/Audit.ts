import { Option, Schema } from "effect"
import { AccountId } from "./Account.ts"
import { ApiKeyId } from "./ApiKey.ts"
import { AuthenticationMethod, BY_PASSWORD } from "./Authentication.ts"
import { recordId } from "./RecordId.ts"
import { SessionId } from "./Session.ts"

/** `aud_` and a UUIDv7 in 25 base36 digits, so that ids sort by time. */
export const AuditEntryId = recordId("aud", "an audit entry id").pipe(Schema.brand("AuditEntryId"))
export type AuditEntryId = typeof AuditEntryId.Type

/** All recorded actions. */
export const AuditAction = Schema.Literals([
  "account.created",
  "account.updated",
  "account.disabled",
  "account.enabled",
  "account.deleted",
  /** Its holder took all that is stored about them. */
  "account.exported",
  "password.changed",
  "password.refused",
  /** The refusal that used up a limit. Further refusals under that limit are not recorded. */
  "password.limited",
  "sign-in.refused",
  "sign-in.limited",
  /** Somebody tried to sign up with an email that is taken. */
  "sign-up.refused",
  "sign-up.limited",
  "email.refused",
  "email.limited",
  /** Somebody asked for a mail with a code, the first or another. */
  "recovery.started",
  /** An answer was wrong. `limited` stands for the last one that a challenge takes. */
  "recovery.refused",
  "recovery.limited",
  "recovery.completed",
  "email-verification.started",
  "email-verification.refused",
  "email-verification.limited",
  "email-verification.completed",
  /** An administrator has said whether the email is its holder's. */
  "email-verification.set",
  "email-verification.withdrawn",
  "sign-up.started",
  "sign-in-link.started",
  "sign-in-link.refused",
  "sign-in-link.limited",
  "email-change.started",
  "email-change.refused",
  "email-change.limited",
  "email-change.completed",
  "email-change.cancelled",
  "email-change-reversal.refused",
  "email-change-reversal.limited",
  "email-change-reversal.completed",
  /** Somebody has proved one factor and is asked for the second. */
  "second-factor.started",
  "second-factor.refused",
  "second-factor.limited",
  "factor.created",
  "factor.confirmed",
  /** The code that should have confirmed a factor was wrong. */
  "factor.refused",
  "factor.limited",
  "factor.renamed",
  "factor.removed",
  /** The authenticator of a passkey counts fewer uses than before. It may have been copied. */
  "factor.suspected",
  "session.started",
  /** Its holder has proved anew who they are. The entry names the session that took its place. */
  "session.elevated",
  "session.ended",
  "session.revoked",
  "session.displaced",
  "sessions.revoked",
  /** Somebody took a list of all accounts, without and with the hashes of their passwords. */
  "accounts.exported",
  "credentials.exported",
  /** An administrator has ended the challenges of signing keys that are gone. */
  "challenges.ended",
  /** An administrator has seen a mail, with its code and link if it has one. */
  "mail.shown",
  /** An API key was made, got a new secret, or ended. */
  "api-key.created",
  "api-key.rolled",
  "api-key.revoked",
  /** A program acted by a key. Others by the same key from the same network within a minute are not recorded. */
  "api-key.used",
  /** Somebody presented a secret that is no key's, or a key's from where or when it isn't good. */
  "api-key.refused",
  "api-key.limited"
])
export type AuditAction = typeof AuditAction.Type

/** Who did it. An administrator is named after the operating system's user who ran the command. */
export const Actor = Schema.Union([
  Schema.Struct({ type: Schema.Literal("account"), id: AccountId }),
  Schema.Struct({ type: Schema.Literal("admin"), name: Schema.String }),
  Schema.Struct({ type: Schema.Literal("anonymous") }),
  Schema.Struct({ type: Schema.Literal("api_key"), id: ApiKeyId }),
  Schema.Struct({ type: Schema.Literal("system") })
])
export type Actor = typeof Actor.Type

/** Whether it is an operator or a program of theirs. Holders aren't shown where those are. */
export const isOperator = ({ type }: Actor): boolean => type === "admin" || type === "api_key"

/** Which parts of an account changed, without their values. */
export const AccountPart = Schema.Literals(["email", "display_name", "password", "status", "email_verified", "factors"])
export type AccountPart = typeof AccountPart.Type

/**
 * What else an entry says: which parts of an account changed or, of a session that began or was elevated, how its
 * holder proved who they are. A session by a password alone says nothing, as in earlier releases, which can't read the
 * rest.
 */
export const AuditDetail = Schema.Union([AccountPart, AuthenticationMethod])

/**
 * A recorded event, without personal data, because entries outlive the account they are about.
 *
 * `chain` names the hash chain of the entry: the account's id, that of the API key that the event is about, or one of a
 * few chains for other events.
 */
export class AuditEvent extends Schema.Class<AuditEvent>("identityd/domain/model/AuditEvent")({
  id: AuditEntryId,
  chain: Schema.String,
  occurredAt: Schema.DateTimeUtc,
  actor: Actor,
  action: AuditAction,
  accountId: Schema.UndefinedOr(AccountId),
  sessionId: Schema.UndefinedOr(SessionId),
  changed: Schema.Array(AuditDetail),
  requestId: Schema.UndefinedOr(Schema.String),
  clientAddress: Schema.UndefinedOr(Schema.String)
}) {}

/**
 * A stored entry. `sequence` counts from 1 without a gap in each chain. `hash` is the hexadecimal SHA-256 of
 * the previous entry's hash (64 zeros before the first) followed by the event's canonical text.
 *
 * If somebody wrote to the database directly, every field may be anything, including `id`, `chain` and `sequence`.
 */
export interface StoredEntry {
  readonly id: string
  readonly chain: string
  readonly sequence: number
  readonly hash: string
  /** Undefined if the stored data is no event, which only tampering explains. */
  readonly event: AuditEvent | undefined
}

/** Whether an event is in the right chain: that of its account, or another one if it has no account. */
export const isInOwnChain = ({ accountId, chain }: AuditEvent): boolean =>
  accountId === undefined ? /^anonymous-\d\d$/.test(chain) || isApiKeyId(chain) : chain === accountId

const isApiKeyId = Schema.is(ApiKeyId)

/** The API key that an event is about, rather than the one by which somebody acted. */
export const apiKeyOf = ({ chain }: AuditEvent): ApiKeyId | undefined => isApiKeyId(chain) ? chain : undefined

const isAboutProof = ({ action }: AuditEvent): boolean => action === "session.started" || action === "session.elevated"

/** Which parts of the account changed. */
export const changedIn = (event: AuditEvent): ReadonlyArray<AccountPart> =>
  isAboutProof(event) ? [] : event.changed.filter(Schema.is(AccountPart))

/** How the holder of the session proved who they are; none for other events. */
export const methodsIn = (event: AuditEvent): ReadonlyArray<AuthenticationMethod> => {
  if (!isAboutProof(event)) return []
  return event.changed.length === 0 ? BY_PASSWORD.amr : event.changed.filter(Schema.is(AuthenticationMethod))
}

/** What `methodsIn` reads. */
export const detailOf = (amr: ReadonlyArray<AuthenticationMethod>): ReadonlyArray<AuthenticationMethod> =>
  amr.join() === BY_PASSWORD.amr.join() ? [] : amr

/** The hash of a chain without entries. */
export const CHAIN_START = "0".repeat(64)

/**
 * The text of an event that its hash covers: every field, in this order. Entries of earlier releases must still verify,
 * so a new field may only be added at the end, and only when it is present.
 */
export const canonicalText = (event: AuditEvent): string =>
  JSON.stringify([
    event.id,
    event.chain,
    event.occurredAt.epochMilliseconds,
    actorText(event.actor),
    event.action,
    event.accountId ?? null,
    event.sessionId ?? null,
    event.changed,
    event.requestId ?? null,
    event.clientAddress ?? null
  ])

/** `account:acct_…`, `admin:ada`, `api_key:key_…`, `anonymous` or `system`. */
export const actorText = (actor: Actor): string =>
  actor.type === "account" || actor.type === "api_key"
    ? `${actor.type}:${actor.id}`
    : actor.type === "admin"
    ? `admin:${actor.name}`
    : actor.type

/**
 * Parses what `actorText` writes; `None` for any other text. If two texts stood for one actor, somebody could replace
 * one by the other without breaking a chain.
 */
export const actorFromText = (text: string): Option.Option<Actor> => {
  const [type = "", name] = splitOnce(text, ":")
  return Schema.decodeUnknownOption(Actor)({ type, id: name, name }).pipe(
    Option.filter((actor) => actorText(actor) === text)
  )
}

const splitOnce = (text: string, separator: string): ReadonlyArray<string> => {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
