/** Where the database is, as it is configured by now. */
import { ConfigProvider, Effect, Option, Redacted } from "effect"
import type { FileSystem, Path } from "effect"
import * as Sources from "../src/platform/configuration/Sources.ts"

/**
 * Reads the database URL anew, each time it is run; none if there is none or it can't be read. No flag gives it, so a
 * worker, which has the environment of its primary, finds what the primary would.
 */
export const makeReread = Effect.gen(function*() {
  const context = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  const environment = yield* ConfigProvider.ConfigProvider
  return Sources.make({ overrides: [], environment, dotEnvFile: ".env", isRoot: process.getuid?.() === 0 }).pipe(
    Effect.flatMap(({ find }) => find("IDENTITY_DATABASE_URL")),
    Effect.map(Option.map(({ text }) => Redacted.make(text))),
    Effect.orElseSucceed(() => Option.none<Redacted.Redacted>()),
    Effect.provideContext(context)
  )
})
