import { Effect } from "effect"
import { Command } from "effect/cli"
import { SealedSecrets } from "../../../domain/upkeep/SealedSecrets.ts"
import type { Resealed } from "../../../domain/upkeep/SealedSecrets.ts"
import { CommandFailed } from "../../../platform/process/CommandFailed.ts"
import { services } from "../kit/CommandLayers.ts"
import { plural, printResult } from "../kit/Output.ts"
import { makeProgress } from "../kit/Progress.ts"

export const rotateEncryptionKeys = Command.make("rotate-encryption-keys").pipe(
  Command.withDescription(
    "Seals all stored secrets anew with the first key of IDENTITY_ENCRYPTION_KEYS, while servers go on. To replace a " +
      "key, put the new one in front of it everywhere, run this, and then remove the old one: a server doesn't start " +
      "without a key that is still in use."
  ),
  Command.withShortDescription("Seals stored secrets with the newest key"),
  Command.withHandler(Effect.fnUntraced(function*() {
    const secrets = yield* SealedSecrets
    const done = yield* secrets.reseal(yield* makeProgress(describe))
    yield* printResult({
      json: { secrets_resealed: done.resealed, secrets_unreadable: done.unreadable },
      text: `Sealed ${describe(done)}.`,
      quiet: String(done.resealed)
    })
    if (done.unreadable > 0) {
      return yield* new CommandFailed({
        exitCode: 1,
        code: "secrets-unreadable",
        message:
          `${
            plural(done.unreadable, "secret")
          } can't be opened with any key of IDENTITY_ENCRYPTION_KEYS. Add the key that ` +
          "sealed them, or have their holders enrol anew."
      })
    }
  })),
  Command.provide(services)
)

const describe = ({ resealed }: Resealed): string => plural(resealed, "secret")
