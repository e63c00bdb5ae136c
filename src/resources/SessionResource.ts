/** The public form of a session, in HTTP and in the command line's JSON. Each field is mapped by name. */
import type { DateTime } from "effect"
import { Schema, Struct } from "effect"
import type { Account } from "../domain/model/Account.ts"
import { AssuranceLevel } from "../domain/model/Authentication.ts"
import type { Session, SessionId } from "../domain/model/Session.ts"
import { instantText } from "../kernel/InstantText.ts"
import { instant } from "./Instant.ts"
import { nullableText, text } from "./Text.ts"

export const SessionResource = Schema.Struct({
  id: text("By which it can be ended; no secret", "ses_5m0tq1q8w3kz7v9x2c4b6n8a0"),
  account_id: text("The `id` of its account", "acct_02qo8ey96xw3vwzfm9q0jk5tc"),
  created_at: instant("When it began"),
  last_used_at: instant("When it was last used, to the minute"),
  expires_at: instant("When it ends unless it is used before; using it moves this on, up to a limit"),
  authenticated_at: instant("When its holder last proved who they are"),
  amr: Schema.Array(Schema.String).annotate({
    description:
      "How its holder proved who they are, by the names of RFC 8176: `pwd` for a password, `otp` for a one-time " +
      "password, `hwk` or `swk` for a passkey, `mfa` for several factors; besides these `email` for a mail that was " +
      "answered. There may be others.",
    examples: [["pwd"]]
  }),
  aal: AssuranceLevel.pipe(Schema.annotate({
    description: "The authenticator assurance level: 1, or 2 if a second factor or a passkey was given",
    examples: [1]
  })),
  elevated_until: Schema.NullOr(
    instant("Until when its holder counts as having just proved who they are; null if they didn't")
  ),
  current: Schema.Boolean.annotate({ description: "Whether this is the session that asks" }),
  user_agent: nullableText("What its client called itself, cut to 512 characters; null if it did not", "curl/8.14.1"),
  ip_address: nullableText("Where it was started from; null if that is not known", "192.0.2.7"),
  account: Schema.Struct({
    email: text("As its holder wrote it", "ada@example.com"),
    display_name: text("What to call them", "Ada Lovelace"),
    created_at: instant("When it was signed up")
  })
}).annotate({ identifier: "Session", description: "One signed-in client of an account" })

/** A session as administrators see it. */
export const SessionMembersResource = Schema.Struct(Struct.omit(SessionResource.fields, ["account", "current"]))
  .annotate({
    identifier: "AccountSession",
    description: "One signed-in client of an account"
  })

/** The members that don't depend on who asks. */
export const sessionMembers = (session: Session): typeof SessionMembersResource.Type => ({
  id: session.id,
  account_id: session.accountId,
  created_at: session.createdAt,
  last_used_at: session.lastUsedAt,
  expires_at: session.expiresAt,
  authenticated_at: session.authenticatedAt,
  amr: session.amr,
  aal: session.aal,
  elevated_until: session.elevatedUntil ?? null,
  user_agent: session.userAgent ?? null,
  ip_address: session.ipAddress ?? null
})

/** A session as its account's holder sees it. `current` is the session that sent the request. */
export const sessionResource = (
  session: Session,
  account: Account,
  current: SessionId
): typeof SessionResource.Type => ({
  ...sessionMembers(session),
  current: session.id === current,
  account: {
    email: account.email,
    display_name: account.displayName,
    created_at: account.createdAt
  }
})

/**
 * The JSON of the current session. `GET /sessions/me` is the most frequent request, and encoding by the schema would be
 * its most expensive step. A test compares this text with the schema's. Text from people and clients goes through
 * `JSON.stringify`. Ids and instants contain nothing that JSON escapes.
 */
export const currentSessionJson = (session: Session, account: Account): string =>
  `{"id":"${session.id}","account_id":"${session.accountId}","created_at":"${instantText(session.createdAt)}",` +
  `"last_used_at":"${instantText(session.lastUsedAt)}","expires_at":"${instantText(session.expiresAt)}",` +
  `"authenticated_at":"${instantText(session.authenticatedAt)}","amr":["${session.amr.join("\",\"")}"],` +
  `"aal":${session.aal},"elevated_until":${instantOrNullText(session.elevatedUntil)},"current":true,` +
  `"user_agent":${textOrNull(session.userAgent)},"ip_address":${textOrNull(session.ipAddress)},` +
  `"account":{"email":${JSON.stringify(account.email)},"display_name":${JSON.stringify(account.displayName)},` +
  `"created_at":"${instantText(account.createdAt)}"}}`

const instantOrNullText = (instant: DateTime.Utc | undefined): string =>
  instant === undefined ? "null" : `"${instantText(instant)}"`

const textOrNull = (value: string | undefined): string => value === undefined ? "null" : JSON.stringify(value)
