import type { Row } from "@effect/sql-pg/PgConnection"
import { DateTime, Effect, Schema } from "effect"
import { createHash } from "node:crypto"
import { AccountId } from "../../../domain/model/Account.ts"
import { ChallengeId, ChallengePurpose, subjectOf } from "../../../domain/model/Challenge.ts"
import type { Challenge } from "../../../domain/model/Challenge.ts"
import { Email } from "../../../domain/model/Email.ts"
import { reader } from "../rows.ts"

/** Subjects contain addresses, so only digests are compared and indexed. */
export const subjectDigest = (subject: string): string =>
  createHash("sha256").update(subject, "utf8").digest("base64url")

/** The columns of a challenge, each with its value. */
export const challengeValues: ReadonlyArray<readonly [column: string, value: (challenge: Challenge) => unknown]> = [
  ["id", ({ id }) => id],
  ["purpose", ({ purpose }) => purpose],
  ["subject", (challenge) => subjectDigest(subjectOf(challenge))],
  ["email", ({ email }) => email],
  ["account_id", ({ account }) => account?.id],
  ["account_epoch", ({ account }) => account?.epoch],
  ["created_at", ({ createdAt }) => DateTime.toDateUtc(createdAt)],
  ["expires_at", ({ expiresAt }) => DateTime.toDateUtc(expiresAt)],
  ["resend_at", ({ resendAt }) => DateTime.toDateUtc(resendAt)]
]

export const challengeColumns = challengeValues.map(([column]) => column).join(", ")

const ChallengeRow = Schema.Struct({
  id: ChallengeId,
  purpose: ChallengePurpose,
  email: Email,
  account_id: Schema.NullOr(AccountId),
  account_epoch: Schema.NullOr(Schema.Int),
  created_at: Schema.DateTimeUtcFromDate,
  expires_at: Schema.DateTimeUtcFromDate,
  resend_at: Schema.DateTimeUtcFromDate
})

const readChallenge = reader("challenges", "id", ChallengeRow)

export const toChallenge = (row: Row): Effect.Effect<Challenge> =>
  Effect.map(readChallenge(row), (read) => ({
    id: read.id,
    purpose: read.purpose,
    email: read.email,
    account: read.account_id === null || read.account_epoch === null
      ? undefined
      : { id: read.account_id, epoch: read.account_epoch },
    createdAt: read.created_at,
    expiresAt: read.expires_at,
    resendAt: read.resend_at
  }))
