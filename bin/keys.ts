/** Refuses to serve without keys, or with another domain of passkeys, than what is stored needs. */
import { DateTime, Effect, Option, Schedule } from "effect"
import { missingChallengeKeys } from "../src/domain/challenges/ChallengeKeys.ts"
import { awaitSchema } from "../src/domain/upkeep/SchemaCheck.ts"
import { SealedSecrets } from "../src/domain/upkeep/SealedSecrets.ts"
import { CommandFailed } from "../src/platform/process/CommandFailed.ts"
import { Directory } from "../src/ports/Directory.ts"
import { SchemaMigrator } from "../src/ports/SchemaMigrator.ts"

/** A server without a key that is still in use could not verify the factors that it sealed. */
export const ensureSealingKeys = Effect.gen(function*() {
  const { missingKeys } = yield* SealedSecrets
  const check = Effect.flatMap(missingKeys, (ids) => ids.length === 0 ? Effect.void : Effect.fail(keysMissing(ids)))
  const later = Effect.retry(Effect.andThen(awaitSchema, check), {
    while: (error) => error._tag === "StoreUnavailable",
    schedule: Schedule.spaced("2 seconds")
  }).pipe(Effect.catch(({ message }) => Effect.logError(message)))
  yield* Effect.catchTag(check, "StoreUnavailable", () => Effect.asVoid(Effect.forkScoped(later)))
})

const keysMissing = (ids: ReadonlyArray<string>) =>
  new CommandFailed({
    exitCode: 2,
    code: "invalid-configuration",
    message: "A key is missing that secrets in the database are sealed with.",
    problems: [{
      name: "IDENTITY_ENCRYPTION_KEYS",
      problem: `lacks ${ids.join(", ")}: put it back behind the others. ` +
        "Before you remove it, run `identity rotate-encryption-keys`."
    }]
  })

/** A database that can't be asked now is no reason not to start. */
export const ensureSigningKeys = Effect.gen(function*() {
  const { pending } = yield* SchemaMigrator
  const [missing] = (yield* pending).length === 0 ? yield* missingChallengeKeys : []
  if (missing === undefined) return
  const { challenges, key, until } = missing
  const problem = `lacks the key ${key}, which codes and links in mails need (${challenges} of them, until ` +
    `${DateTime.formatIso(until)}). Keep it until then, or end them with \`identity end-challenges\`.`
  return yield* new CommandFailed({
    exitCode: 2,
    code: "invalid-configuration",
    message: `IDENTITY_SIGNING_KEYS ${problem}`,
    problems: [{ name: "IDENTITY_SIGNING_KEYS", problem }]
  })
}).pipe(Effect.catchTag("StoreUnavailable", () => Effect.void))

/** A server of another domain could not verify the passkeys that people have. */
export const ensureRelyingParty = Effect.fnUntraced(function*(rpId: string) {
  const { pending } = yield* SchemaMigrator
  const { otherRelyingParty } = yield* Directory
  const other = (yield* pending).length === 0 ? yield* otherRelyingParty(rpId) : Option.none()
  if (Option.isNone(other)) return
  return yield* new CommandFailed({
    exitCode: 2,
    code: "invalid-configuration",
    message:
      `IDENTITY_PASSKEY_RP_ID must be ${other.value}, because people have passkeys of that domain, which would be ` +
      "useless to them. `identity remove-factor` removes them for good."
  })
}, Effect.catchTag("StoreUnavailable", () => Effect.void))
