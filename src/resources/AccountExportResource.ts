/** Everything that is stored about an account, as its holder gets it. */
import { Schema } from "effect"
import { AccountPart, AuditAction, changedIn, isOperator, methodsIn } from "../domain/model/Audit.ts"
import type { AuditEvent } from "../domain/model/Audit.ts"
import { MailPurpose, MailStatus } from "../domain/model/Mail.ts"
import type { Mail } from "../domain/model/Mail.ts"
import { AccountResource } from "./AccountResource.ts"
import { methods } from "./AuditResource.ts"
import { FactorResource } from "./FactorResource.ts"
import { instant } from "./Instant.ts"
import { SessionMembersResource } from "./SessionResource.ts"
import { nullableText, text } from "./Text.ts"

/** An entry of the audit log as the account's holder sees it. It doesn't name the operator's people and programs. */
export const OwnEntryResource = Schema.Struct({
  id: text("Sorts by time", "aud_02qo8ey96xw3vwzfm9q0jk5tc"),
  occurred_at: instant("When it happened"),
  action: AuditAction.annotate({ description: "What was done" }),
  actor: Schema.Literals(["account", "admin", "anonymous", "api_key", "system"]).annotate({
    description:
      "Who did it: `account` for the account's holder, `admin` and `api_key` for the operator and the operator's " +
      "programs, `system` for the service, `anonymous` for somebody who hadn't proved who they are"
  }),
  session_id: nullableText("The session that it is about, or null", "ses_5m0tq1q8w3kz7v9x2c4b6n8a0"),
  changed: Schema.Array(AccountPart).annotate({
    description: "Which parts of the account changed",
    examples: [["display_name"]]
  }),
  amr: methods,
  client_address: nullableText(
    "The address that it was asked for from; null if that isn't known, or is the operator's",
    "192.0.2.7"
  )
}).annotate({ identifier: "OwnAuditEntry", description: "Something that happened to an account" })

/** A mail as the person gets it to whom it is. It has no code and names no challenge. */
export const OwnMailResource = Schema.Struct({
  id: text("Sorts by time", "mail_02qo8ey96xw3vwzfm9q0jk5tc"),
  purpose: MailPurpose.annotate({ description: "What it is for" }),
  to: text("The address", "ada@example.com"),
  status: MailStatus.annotate({ description: "What has become of it" }),
  queued_at: instant("Since when it waits or waited"),
  settled_at: Schema.NullOr(instant("When it stopped waiting; null if it waits")),
  user_agent: nullableText("The client that the mail tells of, or null", "curl/8.14.1"),
  ip_address: nullableText("The address of that client, or null", "192.0.2.7")
}).annotate({ identifier: "OwnMail", description: "A mail about an account" })

export const AccountExportResource = Schema.Struct({
  account: AccountResource,
  external_id: nullableText("The id in the system that the account came from; null if it was made here", "42"),
  factors: Schema.Array(FactorResource).annotate({ description: "Second factors without their secrets, oldest first" }),
  mails: Schema.Array(OwnMailResource).annotate({
    description: "The mails that wait, and those of the last days, newest first"
  }),
  sessions: Schema.Array(SessionMembersResource).annotate({ description: "The live sessions, newest first" }),
  audit_log: Schema.Array(OwnEntryResource).annotate({ description: "What happened to the account, oldest first" })
}).annotate({ identifier: "AccountExport", description: "Everything that is stored about an account" })

export const ownEntryResource = (event: AuditEvent): typeof OwnEntryResource.Type => ({
  id: event.id,
  occurred_at: event.occurredAt,
  action: event.action,
  actor: event.actor.type,
  session_id: event.sessionId ?? null,
  changed: changedIn(event),
  amr: methodsIn(event),
  client_address: isOperator(event.actor) ? null : event.clientAddress ?? null
})

export const ownMailResource = (mail: Mail): typeof OwnMailResource.Type => ({
  id: mail.id,
  purpose: mail.purpose,
  to: mail.to,
  status: mail.status,
  queued_at: mail.queuedAt,
  settled_at: mail.settledAt ?? null,
  user_agent: mail.details.userAgent ?? null,
  ip_address: mail.details.ipAddress ?? null
})
