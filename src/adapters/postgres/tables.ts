/**
 * The tables of records. A column has the table's name as a prefix in a SELECT where a join would
 * have two of the same name.
 */
import { Brand, Schema } from "effect"
import type { DisplayName } from "../../domain/model/Account.ts"
import { Account, AccountStatus } from "../../domain/model/Account.ts"
import type { AccountId } from "../../domain/model/Account.ts"
import { ApiKey, ApiKeyScope } from "../../domain/model/ApiKey.ts"
import type { ApiKeyId } from "../../domain/model/ApiKey.ts"
import { AssuranceLevel, AuthenticationMethod } from "../../domain/model/Authentication.ts"
import { Challenge, ChallengePurpose, FirstFactor } from "../../domain/model/Challenge.ts"
import type { ChallengeId } from "../../domain/model/Challenge.ts"
import type { Email } from "../../domain/model/Email.ts"
import { Mail, MailDetails, MailPurpose, MailStatus } from "../../domain/model/Mail.ts"
import type { MailId } from "../../domain/model/Mail.ts"
import type { PasswordHash } from "../../domain/model/Password.ts"
import type { SessionId } from "../../domain/model/Session.ts"
import { Session } from "../../domain/model/Session.ts"
import { column, flag, instant, integer, json, oneOf, optional, optionalText, table, text, words } from "./columns.ts"

const accountId = text(Brand.nominal<AccountId>())

export const accountFields = {
  id: column("id", accountId, "account_id"),
  email: column("email", text(Brand.nominal<Email>())),
  emailVerified: column("email_verified", flag),
  displayName: column("display_name", text(Brand.nominal<DisplayName>())),
  status: column("status", oneOf(AccountStatus)),
  version: column("version", integer),
  sessionEpoch: column("session_epoch", integer),
  credentialEpoch: column("credential_epoch", integer),
  createdAt: column("created_at", instant, "account_created_at"),
  updatedAt: column("updated_at", instant, "account_updated_at")
}

export const accountTable = table("accounts", Account, accountFields)

export const sessionFields = {
  id: column("id", text(Brand.nominal<SessionId>()), "session_id"),
  accountId: column("account_id", accountId),
  epoch: column("epoch", integer),
  createdAt: column("created_at", instant, "session_created_at"),
  authenticatedAt: column("authenticated_at", instant),
  lastUsedAt: column("last_used_at", instant),
  expiresAt: column("expires_at", instant),
  userAgent: column("user_agent", optionalText),
  ipAddress: column("ip_address", optionalText),
  amr: column("amr", words(AuthenticationMethod)),
  aal: column("aal", oneOf(AssuranceLevel)),
  elevatedUntil: column("elevated_until", optional(instant))
}

export const sessionTable = table("sessions", Session, sessionFields)

export const challengeTable = table("challenges", Challenge, {
  id: column("id", text(Brand.nominal<ChallengeId>())),
  purpose: column("purpose", oneOf(ChallengePurpose)),
  email: column("email", text(Brand.nominal<Email>())),
  accountId: column("account_id", optional(accountId)),
  credentialEpoch: column("credential_epoch", optional(integer)),
  firstFactor: column("first_factor", optional(oneOf(FirstFactor))),
  passwordHash: column("password_hash", optional(text(Brand.nominal<PasswordHash>()))),
  signingKey: column("signing_key", optionalText),
  createdAt: column("created_at", instant),
  expiresAt: column("expires_at", instant),
  resendAt: column("resend_at", instant)
})

export const apiKeyTable = table("api_keys", ApiKey, {
  id: column("id", text(Brand.nominal<ApiKeyId>())),
  name: column("name", text((stored) => stored)),
  scopes: column("scopes", json(Schema.Array(ApiKeyScope))),
  allowedNetworks: column("allowed_networks", json(Schema.Array(Schema.String))),
  digest: column("digest", text((stored) => stored)),
  previousDigest: column("previous_digest", optionalText),
  previousUntil: column("previous_until", optional(instant)),
  createdAt: column("created_at", instant),
  issuedAt: column("issued_at", instant),
  expiresAt: column("expires_at", instant),
  lastUsedAt: column("last_used_at", optional(instant))
})

export const mailTable = table("mails", Mail, {
  id: column("id", text(Brand.nominal<MailId>())),
  purpose: column("purpose", oneOf(MailPurpose)),
  to: column("recipient", text(Brand.nominal<Email>())),
  accountId: column("account_id", optional(accountId)),
  challengeId: column("challenge_id", optional(text(Brand.nominal<ChallengeId>()))),
  language: column("language", optionalText),
  details: column("details", json(MailDetails)),
  queuedAt: column("queued_at", instant),
  giveUpAt: column("give_up_at", instant),
  status: column("status", oneOf(MailStatus)),
  attempts: column("attempts", integer),
  nextAttemptAt: column("next_attempt_at", instant),
  settledAt: column("settled_at", optional(instant)),
  lastError: column("last_error", optionalText)
})
