import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as MemoryStores from "../../../src/adapters/memory/MemoryStores.ts"
import { SealedSecret } from "../../../src/domain/model/Factor.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { FactorStore } from "../../../src/ports/FactorStore.ts"
import { Stores } from "../../../src/ports/Stores.ts"
import { aFactor, anAccount, anEvent, anInsertion } from "../../support/builders.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const world = layer().pipe(Layer.provideMerge(Layer.provideMerge(Stores.each, MemoryStores.layer)))

/** Ada with an authenticator application and recovery codes. */
const ada = Effect.gen(function*() {
  const account = anAccount({ email: "ada@example.com" })
  yield* AccountStore.use((store) => store.insertAccount(anInsertion(account)))
  const totp = aFactor(account, { seed: SealedSecret("gone.c2VjcmV0") })
  const codes = aFactor(account, { type: "recovery_codes", codes: ["a-digest"] })
  for (const stored of [totp, codes]) {
    yield* FactorStore.use((store) =>
      store.insert({ stored, precondition: { _tag: "Exists" }, commit: { audit: anEvent({ account }) } })
    )
  }
  return { totp: totp.factor.id }
})

it.effect("list-factors shows the factors of an account, and nothing of their secrets", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    const { totp } = yield* ada
    const shown = yield* run(["list-factors", "ada@example.com"])
    assert.match(shown.stdout, /recovery_codes.* never$/m)
    const { stdout } = yield* run(["list-factors", "ada@example.com", "--json"])
    assert.include(stdout, `"id":"${totp}"`)
    for (const secret of ["gone.", "c2VjcmV0", "a-digest"]) assert.notInclude(stdout + shown.stdout, secret)
    assert.strictEqual((yield* run(["list-factors", "nobody@example.com"])).exitCode, 3)
  }).pipe(Effect.provide(world)))

it.effect("remove-factor removes one or all, asks first, and is recorded", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    const { totp } = yield* ada
    const remove = (...args: ReadonlyArray<string>) => run(["remove-factor", "ada@example.com", ...args])
    for (const args of [["--yes"], ["--all", "--factor", totp, "--yes"], ["--all"], ["--factor", "no-id", "--yes"]]) {
      assert.strictEqual((yield* remove(...args)).exitCode, 2)
    }
    const removed = yield* remove("--factor", totp, "--yes")
    assert.include(removed.stderr, "Removed 1 factor of ada@example.com.")
    assert.strictEqual((yield* remove("--factor", totp, "--yes")).exitCode, 3)
    assert.strictEqual((yield* remove("--all", "--yes")).exitCode, 0)
    const nothingLeft = yield* remove("--all", "--yes")
    assert.strictEqual(nothingLeft.exitCode, 3)
    assert.strictEqual(nothingLeft.stderr.trim(), "ada@example.com has no second factors.")
    const { stdout } = yield* run(["audit-log", "--action", "factor.removed", "--json"])
    assert.lengthOf(stdout.match(/"type":"admin","name":"grace"/g) ?? [], 2)
  }).pipe(Effect.provide(world)))

it.effect("rotate-encryption-keys says what it can't read, and fails then", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    assert.strictEqual((yield* run(["rotate-encryption-keys"])).stdout.trim(), "Sealed 0 secrets.")
    yield* ada
    const failed = yield* run(["rotate-encryption-keys", "--json"])
    assert.strictEqual(failed.exitCode, 1)
    assert.include(failed.stdout, "\"secrets_unreadable\":1")
  }).pipe(Effect.provide(world)))
