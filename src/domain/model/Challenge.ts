import { DateTime, Duration, Schema } from "effect"
import type { Redacted } from "effect"
import { AccountId } from "./Account.ts"
import { Email, emailKey } from "./Email.ts"
import { PasswordHash } from "./Password.ts"
import { recordId } from "./RecordId.ts"

/** `chl_` and 128 random bits in 25 base36 digits. Only the client that asked for a challenge knows its id. */
export const ChallengeId = recordId("chl", "a challenge id").pipe(Schema.brand("ChallengeId"))
export type ChallengeId = typeof ChallengeId.Type

/** What the answer to a challenge does. */
export const ChallengePurpose = Schema.Literals([
  "email-verification",
  "recovery",
  "sign-up",
  "sign-in-link",
  "email-change",
  /**
   * The rest of a sign-in that has proved one factor. No mail has its answer: a second factor is. `firstFactor` is what
   * was proved, and `passwordHash` the new password of a recovery, which takes effect with the answer.
   */
  "second-factor",
  /** Undoes a change of email. Its token is in the notice to the old address. */
  "email-change-reversal"
])
export type ChallengePurpose = typeof ChallengePurpose.Type

/** Those that are answered by what a mail says. */
export type AnsweredPurpose = Exclude<ChallengePurpose, "second-factor">

/** Those of challenges that are asked for and have a mail of their own. */
export type StartedPurpose = Exclude<AnsweredPurpose, "email-change-reversal">

/** How long a challenge can be answered (ASVS 6.5.5, 6.6.3). */
export const challengeLifetime: Readonly<Record<ChallengePurpose, Duration.Duration>> = {
  "email-verification": Duration.hours(24),
  recovery: Duration.minutes(10),
  "sign-up": Duration.hours(1),
  "sign-in-link": Duration.minutes(10),
  "second-factor": Duration.minutes(10),
  "email-change": Duration.hours(24),
  "email-change-reversal": Duration.hours(72)
}

/** What somebody has proved already, as in `AuthenticationMethod`. */
export const FirstFactor = Schema.Literals(["pwd", "email"])
export type FirstFactor = typeof FirstFactor.Type

/**
 * A question that only somebody who reads an address can answer, once. Its secrets aren't stored: they are derived from
 * purpose and id.
 *
 * `email` is the address that was asked for. The answer changes the account, which must still have its credential
 * epoch, unless that is undefined. A sign-up and an address that nobody has have no account. From `expiresAt` on it is
 * over, and from `resendAt` on its mail may be asked for again. `signingKey` names the key that signed when it was
 * started, if its secrets are derived from one.
 */
export class Challenge extends Schema.Class<Challenge>("identityd/domain/model/Challenge")({
  id: ChallengeId,
  purpose: ChallengePurpose,
  email: Email,
  accountId: Schema.UndefinedOr(AccountId),
  credentialEpoch: Schema.UndefinedOr(Schema.Int),
  firstFactor: Schema.UndefinedOr(FirstFactor),
  passwordHash: Schema.UndefinedOr(PasswordHash),
  signingKey: Schema.UndefinedOr(Schema.String),
  createdAt: Schema.DateTimeUtc,
  expiresAt: Schema.DateTimeUtc,
  resendAt: Schema.DateTimeUtc
}) {}

/**
 * How many challenges of one address and purpose, started by strangers, can be live; and how many more, started from
 * devices that signed in to the account before. So strangers can't keep its owner from starting one.
 */
const STRANGERS_CHALLENGES_MAX = 3
const OWN_DEVICES_CHALLENGES_MAX = 3

/** How many reversals of one account can be live. Nobody changes an email more often in three days. */
const REVERSALS_MAX = 5

const ofHolders: ReadonlySet<ChallengePurpose> = new Set(["email-verification", "email-change"])

/** Whether only the account's holder starts challenges of this purpose. A new one then ends the one before. */
export const isOfHolder = (purpose: ChallengePurpose): boolean => ofHolders.has(purpose)

/** Places of a subject, numbered from 1. A live challenge has one of them. */
export interface Places {
  readonly first: number
  readonly last: number
}

const allOf = (count: number): Places => ({ first: 1, last: count })

const placesOfStrangers = allOf(STRANGERS_CHALLENGES_MAX)

const placesOfDevices: Places = {
  first: STRANGERS_CHALLENGES_MAX + 1,
  last: STRANGERS_CHALLENGES_MAX + OWN_DEVICES_CHALLENGES_MAX
}

/** The places that a challenge of a purpose can have. */
export const placesFor = (purpose: ChallengePurpose, isFromKnownDevice: boolean): Places => {
  if (isOfHolder(purpose)) return allOf(1)
  if (purpose === "email-change-reversal") return allOf(REVERSALS_MAX)
  return isFromKnownDevice ? placesOfDevices : placesOfStrangers
}

/**
 * Whether the answer to a challenge ends a rival. A reversal ends only later ones: a thief of an account has
 * tokens to reverse the changes that they made, and must not undo its owner's reversal, or forestall it.
 */
export const endsRival = (answered: Challenge, rival: Challenge): boolean =>
  answered.purpose !== "email-change-reversal" || DateTime.isGreaterThan(rival.createdAt, answered.createdAt)

/** The subject of the challenges of one account. */
export const subjectOfAccount = (purpose: ChallengePurpose, id: AccountId): string => JSON.stringify([purpose, id])

/**
 * What rivals have in common: an account for what is about its holder, and an address for what anybody may start. The
 * rest of a sign-in has no rivals, because somebody who knows the password could end its owner's.
 */
export const subjectOf = ({ accountId, email, id, purpose }: Challenge): string =>
  (isOfHolder(purpose) || purpose === "email-change-reversal") && accountId !== undefined
    ? subjectOfAccount(purpose, accountId)
    : JSON.stringify([purpose, purpose === "second-factor" ? id : emailKey(email)])

/** The two forms of the answer to a challenge. Both are in its mail. */
export interface ChallengeSecrets {
  /** Eight digits for people to type. */
  readonly code: Redacted.Redacted<string>
  /** URL-safe, more than 128 bits, for a link. */
  readonly token: Redacted.Redacted<string>
}

/** What somebody presents as the answer. */
export type ChallengeAnswer =
  | { readonly _tag: "Code"; readonly code: Redacted.Redacted<string> }
  | { readonly _tag: "Token"; readonly token: Redacted.Redacted<string> }

/** How many answers a challenge takes. Each is counted before it is judged. */
export const CHALLENGE_TRIES_MAX = 5

/**
 * An address that its holder recognises and that reveals little to others: `a•••@e•••.com`. The dots always number
 * three, so that they don't show a length.
 */
export const maskedEmail = (email: Email): string => {
  const at = email.lastIndexOf("@")
  const domain = email.slice(at + 1)
  return `${initial(email)}•••@${initial(domain)}•••${domain.slice(domain.lastIndexOf("."))}`
}

const initial = (text: string): string => String.fromCodePoint(text.codePointAt(0) ?? 0)
