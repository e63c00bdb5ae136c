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
  const { pending } = yield* SchemaMigrator
  const now = Effect.flatMap(pending, ({ length }) => length === 0 ? check : Effect.asVoid(Effect.forkScoped(later)))
  yield* Effect.catchTag(now, "StoreUnavailable", () => Effect.asVoid(Effect.forkScoped(later)))
})

const unsuitable = (name: string, problem: string) =>
  new CommandFailed({
    exitCode: 2,
    code: "invalid-configuration",
    message: `${name} ${problem}`,
    problems: [{ name, problem }]
  })

const keysMissing = (ids: ReadonlyArray<string>) =>
  unsuitable(
    "IDENTITY_ENCRYPTION_KEYS",
    `lacks ${ids.join(", ")}, by which secrets in the database are sealed. Put it back behind the others. Before you ` +
      "remove it, run `identity rotate-encryption-keys`."
  )

/** A database that can't be asked now is no reason not to start. */
export const ensureSigningKeys = Effect.gen(function*() {
  const { pending } = yield* SchemaMigrator
  const [missing] = (yield* pending).length === 0 ? yield* missingChallengeKeys : []
  if (missing === undefined) return
  const { challenges, key, until } = missing
  return yield* unsuitable(
    "IDENTITY_SIGNING_KEYS",
    `lacks the key ${key}, which codes and links in mails need (${challenges} of them, until ` +
      `${DateTime.formatIso(until)}). Keep it until then, or end them with \`identity end-challenges\`.`
  )
}).pipe(Effect.catchTag("StoreUnavailable", () => Effect.void))

/** A server of another domain could not verify the passkeys that people have. */
export const ensureRelyingParty = Effect.fnUntraced(function*(rpId: string) {
  const { pending } = yield* SchemaMigrator
  const { otherRelyingParty } = yield* Directory
  const other = (yield* pending).length === 0 ? yield* otherRelyingParty(rpId) : Option.none()
  if (Option.isNone(other)) return
  return yield* unsuitable(
    "IDENTITY_PASSKEY_RP_ID",
    `must be ${other.value}, because people have passkeys of that domain, which would be useless to them. ` +
      "`identity remove-factor` removes them for good."
  )
}, Effect.catchTag("StoreUnavailable", () => Effect.void))
