/**
 * Entities with defaults, so that a test names only what it is about. Every call makes new ids and a new email.
 */
import type { Duration } from "effect"
import { DateTime } from "effect"
import { AcceptedName, Account, AccountId } from "../../src/domain/model/Account.ts"
import { ApiKey, ApiKeyId } from "../../src/domain/model/ApiKey.ts"
import { AuditEntryId, AuditEvent } from "../../src/domain/model/Audit.ts"
import type { AuditAction } from "../../src/domain/model/Audit.ts"
import { Challenge, ChallengeId, challengeLifetime } from "../../src/domain/model/Challenge.ts"
import { Email } from "../../src/domain/model/Email.ts"
import { Factor, FactorId, Passkey, SealedSecret } from "../../src/domain/model/Factor.ts"
import { MailId, waitingMail } from "../../src/domain/model/Mail.ts"
import type { Mail, NewMail } from "../../src/domain/model/Mail.ts"
import { PasswordHash } from "../../src/domain/model/Password.ts"
import { Session, SessionId } from "../../src/domain/model/Session.ts"
import type { Commit } from "../../src/ports/Commit.ts"
import type { StoredFactor } from "../../src/ports/FactorStore.ts"
import type { SessionInsertion } from "../../src/ports/SessionStore.ts"

let made = 0

const nextDigits = (): string => (made += 1).toString(36).padStart(25, "0")

export const instant = (text: string): DateTime.Utc => DateTime.makeUnsafe(text)

/** The creation time that builders use. A careless store would lose its milliseconds. */
export const START = instant("2026-03-01T12:00:00.123Z")

export const aPasswordHash = (text = "hash"): PasswordHash => PasswordHash.make(`$argon2id$v=19$m=8,t=1,p=1$${text}`)

export const anAccountId = (): AccountId => AccountId.make(`acct_${nextDigits()}`)

export const aSessionId = (): SessionId => SessionId.make(`ses_${nextDigits()}`)

export const anEmail = (text = `person-${nextDigits()}@example.com`): Email => Email.make(text)

export const anAccount = (
  fields: { readonly email?: string; readonly displayName?: string; readonly status?: "active" | "disabled" } = {}
): Account =>
  Account.make({
    id: anAccountId(),
    email: anEmail(fields.email),
    emailVerified: false,
    displayName: AcceptedName.make(fields.displayName ?? "Ada Lovelace"),
    status: fields.status ?? "active",
    version: 1,
    sessionEpoch: 0,
    credentialEpoch: 0,
    createdAt: START,
    updatedAt: START
  })

export const anEvent = (
  fields: {
    readonly action?: AuditAction
    readonly account?: Account
    readonly chain?: string
    readonly occurredAt?: DateTime.Utc
  } = {}
): AuditEvent =>
  AuditEvent.make({
    id: AuditEntryId.make(`aud_${nextDigits()}`),
    chain: fields.chain ?? fields.account?.id ?? "anonymous-00",
    occurredAt: fields.occurredAt ?? START,
    actor: { type: "anonymous" },
    action: fields.action ?? "account.created",
    accountId: fields.account?.id,
    sessionId: undefined,
    changed: [],
    requestId: undefined,
    clientAddress: "192.0.2.7"
  })

/** A recovery of an address that nobody has, unless the fields say otherwise. */
export const aChallenge = (fields: Partial<Challenge>): Challenge => {
  const { createdAt = START, purpose = "recovery" } = fields
  return Challenge.make({
    id: ChallengeId.make(`chl_${nextDigits()}`),
    purpose,
    email: anEmail(),
    accountId: undefined,
    credentialEpoch: undefined,
    firstFactor: undefined,
    passwordHash: undefined,
    signingKey: undefined,
    createdAt,
    expiresAt: DateTime.addDuration(createdAt, challengeLifetime[purpose]),
    resendAt: DateTime.addDuration(createdAt, "1 minute"),
    ...fields
  })
}

/** A confirmed factor of an authenticator application, unless the fields say otherwise. */
export const aFactor = (
  account: Account,
  fields: Partial<Factor> & Partial<Omit<StoredFactor, "factor">> = {}
): StoredFactor => {
  const { answered = [], codes = [], lastStep, type = "totp", ...others } = fields
  const seed = fields.seed ?? (type === "totp" ? SealedSecret(`old.${nextDigits()}`) : undefined)
  const factor = Factor.make({
    id: FactorId.make(`fct_${nextDigits()}`),
    accountId: account.id,
    type,
    name: AcceptedName.make("My phone"),
    createdAt: START,
    confirmedAt: START,
    lastUsedAt: undefined,
    remaining: type === "recovery_codes" ? codes.length : undefined,
    passkey: undefined,
    ...others
  })
  return { factor, seed, lastStep, codes, answered }
}

export const aPasskey = (fields: Partial<Passkey> = {}): Passkey =>
  Passkey.make({
    rpId: "example.com",
    credentialId: nextDigits(),
    publicKey: Uint8Array.from([0xa5, 0, 255]),
    signCount: 0,
    transports: ["internal", "hybrid"],
    backedUp: true,
    aaguid: "00000000-0000-0000-0000-000000000000",
    ...fields
  })

/** A key that is good for 90 days, from everywhere, and reads accounts. */
export const anApiKey = (fields: Partial<ApiKey> = {}): ApiKey => {
  const { createdAt = START } = fields
  const digits = nextDigits()
  return ApiKey.make({
    id: ApiKeyId.make(`key_${digits}`),
    name: "Billing",
    scopes: ["accounts:read"],
    allowedNetworks: [],
    digest: `digest-${digits}`,
    previousDigest: undefined,
    previousUntil: undefined,
    createdAt,
    issuedAt: createdAt,
    expiresAt: DateTime.addDuration(createdAt, "90 days"),
    lastUsedAt: undefined,
    ...fields
  })
}

/** A mail that is of use for a day. */
export const aMail = (fields: Partial<NewMail> = {}): Mail => {
  const queuedAt = fields.queuedAt ?? START
  return waitingMail({
    id: MailId.make(`mail_${nextDigits()}`),
    purpose: "password-changed",
    to: anEmail(),
    accountId: undefined,
    challengeId: undefined,
    language: undefined,
    details: {},
    queuedAt,
    giveUpAt: DateTime.addDuration(queuedAt, "1 day"),
    ...fields
  })
}

/** The precondition that an account is of one version. */
export const atVersion = (version: number) => ({ _tag: "Version", version }) as const

/** The input for inserting an account. */
export const anInsertion = (account: Account, hash = aPasswordHash()) => ({
  account,
  passwordHash: hash,
  commit: { audit: anEvent({ account }) }
})

/** The input for inserting a session. */
export const aStart = (session: Session): SessionInsertion => ({
  session,
  commit: {
    audit: AuditEvent.make({
      ...anEvent({ action: "session.started", chain: session.accountId }),
      accountId: session.accountId,
      sessionId: session.id
    })
  }
})

/** The input of a mutation with more in its commit. */
export const committing = <A extends { readonly commit: Commit }, B extends Partial<Commit>>(input: A, members: B) => ({
  ...input,
  commit: { ...input.commit, ...members }
})

export const aSession = (
  account: Account,
  fields: { readonly createdAt?: DateTime.Utc; readonly lifetime?: Duration.Input; readonly epoch?: number } = {}
): Session => {
  const createdAt = fields.createdAt ?? START
  return Session.make({
    id: aSessionId(),
    accountId: account.id,
    epoch: fields.epoch ?? account.sessionEpoch,
    createdAt,
    lastUsedAt: createdAt,
    authenticatedAt: createdAt,
    amr: ["pwd"],
    aal: 1,
    elevatedUntil: undefined,
    expiresAt: DateTime.addDuration(createdAt, fields.lifetime ?? "7 days"),
    userAgent: "curl/8.0",
    ipAddress: "192.0.2.7"
  })
}
