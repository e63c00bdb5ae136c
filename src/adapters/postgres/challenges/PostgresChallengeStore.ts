import { DateTime, Effect, identity, Result, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { AccountId } from "../../../domain/model/Account.ts"
import { CHALLENGE_TRIES_MAX, isOfHolder, subjectOfAccount } from "../../../domain/model/Challenge.ts"
import type { Challenge, ChallengeId, ChallengePurpose } from "../../../domain/model/Challenge.ts"
import { PreconditionFailed } from "../../../domain/model/IdentityErrors.ts"
import { ChallengeStore } from "../../../ports/ChallengeStore.ts"
import { withMailsWithheld } from "../../../ports/Commit.ts"
import type { UnconditionalCommit } from "../../../ports/Commit.ts"
import type { Connection } from "../connection/Connection.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { commitIf, committed } from "../ledger/CommitStatements.ts"
import { reader } from "../rows.ts"
import { execute, executing, findingOne, readingAll, statement } from "../statement.ts"
import { challengeTable } from "../tables.ts"
import { endAnswered, insertChallenge } from "./AnsweredChallenges.ts"
import { challengeColumns, digestOf, subjectDigest } from "./ChallengeRows.ts"

export const make = ({ read, run, transact }: PostgresClient["Service"]): ChallengeStore["Service"] =>
  ChallengeStore.of({
    start: (input) =>
      transact("ChallengeStore.start", (connection) => startChallenge(connection, input)).pipe(
        // Each time, somebody else has taken a place. There are three.
        Effect.retry({ while: (error) => error === PLACE_TAKEN, times: 12 }),
        Effect.catchIf((error) => error === PLACE_TAKEN, Effect.die)
      ),

    attempt: (input) =>
      run(
        "ChallengeStore.attempt",
        findingOne(countTry, input, (row) => ({
          challenge: challengeTable.read(row),
          isLast: readTries(row).tries === CHALLENGE_TRIES_MAX
        }))
      ),

    giveBack: (id) => run("ChallengeStore.giveBack", executing(uncountTry, id)),

    find: (input) => read("ChallengeStore.find", findingOne(selectById, input, challengeTable.read)),

    findOfAccounts: (input) =>
      read("ChallengeStore.findOfAccounts", readingAll(selectOfAccounts, input, challengeTable.read)),

    resend: (input) =>
      transact(
        "ChallengeStore.resend",
        Effect.fnUntraced(function*(connection) {
          const { rows: [row] } = yield* execute(connection, moveResend, input)
          if (row === undefined) return Result.succeed(false)
          const { live } = readLive(row)
          yield* execute(connection, commitAlone, live ? input.commit : withMailsWithheld(input.commit))
          return Result.succeed(true)
        })
      ),

    endOfAccount: (input) => run("ChallengeStore.endOfAccount", executing(endLive, input))
  })

const PLACE_TAKEN = "place taken"

const startChallenge = Effect.fnUntraced(function*(
  connection: Connection,
  input: Parameters<ChallengeStore["Service"]["start"]>[0]
): Effect.fn.Return<Result.Result<void, PreconditionFailed | typeof PLACE_TAKEN>, SqlError> {
  const { challenge, commit } = input
  const wasLive = yield* endAnswered(connection, commit.answers)
  if (!wasLive) return Result.fail(new PreconditionFailed())
  yield* execute(connection, makeRoom, challenge)
  const { rows: [row] } = yield* execute(connection, insertChallenge, input)
  if (row === undefined) return Result.fail(PLACE_TAKEN)
  const { live } = readLive(row)
  yield* execute(connection, commitAlone, live ? commit : withMailsWithheld(commit))
  return Result.void
})

const readTries = reader("challenges", "id", Schema.Struct({ tries: Schema.Int }))

const readLive = reader("challenges", "live", Schema.Struct({ live: Schema.Boolean }))

/** Deletes the rivals that are over, and those that a holder's new challenge ends. */
const makeRoom = statement<Challenge>(($) => `
  DELETE FROM challenges WHERE subject = ${$(subjectDigest)}
    AND (expires_at <= ${$(({ createdAt }) => DateTime.toDateUtc(createdAt))} OR ${
  $(({ purpose }) => isOfHolder(purpose))
})`)

const commitAlone = statement<UnconditionalCommit>(($) => `
  WITH changed AS (SELECT), ${commitIf("changed", $)} SELECT ${committed}`)

interface Named {
  readonly id: ChallengeId
  readonly now: DateTime.Utc
}

const now = (input: { readonly now: DateTime.Utc }) => DateTime.toDateUtc(input.now)

const countTry = statement<Named & { readonly purpose: ChallengePurpose }>(($) => `
  UPDATE challenges c SET tries = tries + 1
  WHERE id = ${$(({ id }) => id)} AND purpose = ${$(({ purpose }) => purpose)} AND tries < ${CHALLENGE_TRIES_MAX}
    AND expires_at > ${$(now)}
  RETURNING ${challengeColumns}, c.tries`)

const uncountTry = statement<ChallengeId>(($) => `UPDATE challenges SET tries = tries - 1 WHERE id = ${$(identity)}`)

const selectById = statement<Named>(($) => `
  SELECT ${challengeColumns} FROM challenges c
  WHERE id = ${$(({ id }) => id)} AND tries < ${CHALLENGE_TRIES_MAX} AND expires_at > ${$(now)}`)

interface OfAccount {
  readonly purpose: ChallengePurpose
  readonly accountId: AccountId
  readonly now: DateTime.Utc
}

const subjectIn = ({ accountId, purpose }: OfAccount) => digestOf(subjectOfAccount(purpose, accountId))

interface OfAccounts extends Omit<OfAccount, "accountId"> {
  readonly accountIds: ReadonlyArray<AccountId>
}

const subjectsIn = ({ accountIds, purpose }: OfAccounts) =>
  accountIds.map((id) => digestOf(subjectOfAccount(purpose, id)))

const selectOfAccounts = statement<OfAccounts>(($) => `
  SELECT ${challengeColumns} FROM challenges c
  WHERE subject = ANY(${$(subjectsIn)}::text[]) AND place IS NOT NULL AND expires_at > ${$(now)}`)

const moveResend = statement<Named & { readonly resendAt: DateTime.Utc }>(($) => `
  UPDATE challenges SET resend_at = ${$(({ resendAt }) => DateTime.toDateUtc(resendAt))}
  WHERE id = ${$(({ id }) => id)} AND tries < ${CHALLENGE_TRIES_MAX} AND expires_at > ${$(now)} AND resend_at <= ${
  $(now)
}
  RETURNING place IS NOT NULL AS live`)

const endLive = statement<OfAccount & { readonly commit: UnconditionalCommit }>(($) => `
  WITH ended AS (
    DELETE FROM challenges WHERE subject = ${$(subjectIn)} AND place IS NOT NULL AND expires_at > ${$(now)} RETURNING id
  ), ${commitIf("ended", $.of(({ commit }) => commit))}
  SELECT ${committed} FROM ended`)
