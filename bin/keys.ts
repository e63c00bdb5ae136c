/** Finds what keeps a server from using what is stored: keys that it lacks, or another domain of passkeys. */
import { Effect, Option, Schedule } from "effect"
import { missingChallengeKeys } from "../src/domain/challenges/ChallengeKeys.ts"
import type { StoreUnavailable } from "../src/domain/model/IdentityErrors.ts"
import { awaitSchema } from "../src/domain/upkeep/SchemaCheck.ts"
import { SealedSecrets } from "../src/domain/upkeep/SealedSecrets.ts"
import { failure } from "../src/kernel/Finding.ts"
import type { Check } from "../src/kernel/Finding.ts"
import { instantText } from "../src/kernel/InstantText.ts"
import { CommandFailed } from "../src/platform/process/CommandFailed.ts"
import { Directory } from "../src/ports/Directory.ts"
import { SchemaMigrator } from "../src/ports/SchemaMigrator.ts"
import type { Settings } from "./settings.ts"

type KeySettings = Pick<Settings, "IDENTITY_PASSKEY_RP_ID" | "IDENTITY_SIGNING_KEYS">

/** A setting that doesn't fit what is stored. */
interface Misfit {
  readonly check: Check
  readonly name: string
  readonly problem: string
  readonly advice: string
}

/** A server without a key that is still in use could not verify the factors that it sealed. */
const sealingKeys = Effect.gen(function*() {
  const { missingKeys } = yield* SealedSecrets
  return (yield* missingKeys).map((id): Misfit => ({
    check: "keys",
    name: "IDENTITY_ENCRYPTION_KEYS",
    problem: `lacks the key ${id}, by which secrets in the database are sealed.`,
    advice: "Put it back behind the others. Before you remove it, run `identity rotate-encryption-keys`."
  }))
})

const signingKeys = Effect.map(missingChallengeKeys, (missing) =>
  missing.map(({ challenges, key, until }): Misfit => ({
    check: "keys",
    name: "IDENTITY_SIGNING_KEYS",
    problem: `lacks the key ${key}, which codes and links in mails need (${challenges} of them, until ` +
      `${instantText(until)}).`,
    advice: "Keep it until then, or end them with `identity end-challenges`."
  })))

/** A server of another domain could not verify the passkeys that people have. */
const relyingParty = Effect.fnUntraced(function*(rpId: string) {
  const { otherRelyingParty } = yield* Directory
  return Option.toArray(yield* otherRelyingParty(rpId)).map((other): Misfit => ({
    check: "configuration",
    name: "IDENTITY_PASSKEY_RP_ID",
    problem: `must be ${other}, because people have passkeys of that domain, which would be useless to them.`,
    advice: "`identity remove-factor` removes them for good."
  }))
})

/** The embedded database makes the keys that aren't set, and keeps them. */
const misfitsOf = (settings: KeySettings) =>
  Effect.map(
    Effect.all([
      sealingKeys,
      settings.IDENTITY_SIGNING_KEYS === undefined ? Effect.succeed([]) : signingKeys,
      relyingParty(settings.IDENTITY_PASSKEY_RP_ID)
    ]),
    (found) => found.flat()
  )

/** Says what doesn't fit. Needs the schema of this release. */
export const examineFit = (settings: KeySettings) =>
  Effect.map(
    misfitsOf(settings),
    (found) => found.map(({ advice, check, name, problem }) => failure(check, `${name} ${problem}`, advice))
  )

/**
 * Fails if something doesn't fit. A database that can't be asked now, or lacks the schema, is no reason not to start:
 * then it is asked as soon as it can be, and the log says what doesn't fit.
 */
export const ensureFit = Effect.fnUntraced(function*(settings: KeySettings) {
  const check = Effect.flatMap(
    misfitsOf(settings),
    (found) => found.length === 0 ? Effect.void : Effect.fail(unsuitable(found))
  )
  const later = Effect.andThen(awaitSchema, check).pipe(
    Effect.retry({
      while: (error: CommandFailed | StoreUnavailable) => error._tag === "StoreUnavailable",
      schedule: Schedule.spaced("2 seconds")
    }),
    Effect.catch(({ message }) => Effect.logError(message)),
    Effect.forkScoped,
    Effect.asVoid
  )
  const { pending } = yield* SchemaMigrator
  const now = Effect.flatMap(pending, ({ length }) => length === 0 ? check : later)
  yield* Effect.catchTag(now, "StoreUnavailable", () => later)
})

const unsuitable = (misfits: ReadonlyArray<Misfit>) => {
  const problems = misfits.map(({ advice, name, problem }) => ({ name, problem: `${problem} ${advice}` }))
  const message = problems.map(({ name, problem }) => `${name} ${problem}`).join(" ")
  return new CommandFailed({ exitCode: 2, code: "invalid-configuration", message, problems })
}
