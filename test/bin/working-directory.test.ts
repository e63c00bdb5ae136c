import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Result } from "effect"
import { loadConfiguration } from "../../bin/settings.ts"
import { onlyVariables } from "../support/settings.ts"

it.effect("the .env of a clone that somebody runs has no say in what a test reads", () =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const clone = yield* fs.makeTempDirectoryScoped()
    yield* fs.writeFileString(`${clone}/.env`, "IDENTITY_PORT=eighty\n")
    const before = process.cwd()
    yield* Effect.acquireRelease(
      Effect.sync(() => process.chdir(clone)),
      () => Effect.sync(() => process.chdir(before))
    )
    const { values } = yield* Effect.provide(loadConfiguration([]), onlyVariables({ HOME: "/home/ada" }))
    assert.strictEqual(Result.getOrThrow(values).settings.IDENTITY_PORT, 8080)
  }).pipe(Effect.provide(NodeServices.layer)))
