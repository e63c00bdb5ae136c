import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as MemoryStores from "../../../src/adapters/memory/MemoryStores.ts"
import { ApiKeyStore } from "../../../src/ports/ApiKeyStore.ts"
import { Stores } from "../../../src/ports/Stores.ts"
import { anApiKey, anEvent } from "../../support/builders.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const world = layer().pipe(Layer.provideMerge(Layer.provideMerge(Stores.each, MemoryStores.layer)))

it.effect("a key is made, listed without its secret, rolled and revoked, and the log names who did it", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    const json = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
      const { exitCode, stderr, stdout } = yield* run([...args, "--json"])
      assert.strictEqual(exitCode, 0, stderr)
      return JSON.parse(stdout)
    })
    const made = yield* json(
      "create-api-key",
      "--name",
      "Billing",
      "--scope",
      "accounts:read",
      "--scope",
      "audit:read",
      "--expires",
      "30d",
      "--network",
      "192.0.2.0/24"
    )
    const { key, ...shown } = made
    assert.match(key, /^idk_[0-9a-z]{25}_[\w-]{43}$/)
    assert.deepInclude(shown, {
      name: "Billing",
      scopes: ["accounts:read", "audit:read"],
      allowed_networks: ["192.0.2.0/24"],
      expires_at: "2026-03-31T12:00:00.123Z",
      last_used_at: null
    })
    const list = yield* run(["list-api-keys"])
    assert.include(list.stdout, "Billing")
    assert.notInclude(list.stdout, key.slice(30))
    assert.deepStrictEqual((yield* json("list-api-keys")).api_keys, [shown])
    const rolled = yield* json("roll-api-key", shown.id, "--keep-old-for", "2h")
    assert.notStrictEqual(rolled.key, key)
    assert.strictEqual(rolled.old_secret_until, "2026-03-01T14:00:00.123Z")
    assert.deepStrictEqual(yield* json("revoke-api-key", shown.id, "--yes"), { id: shown.id, revoked: true })
    const { entries } = yield* json("audit-log")
    const grace = { type: "admin", name: "grace" }
    assert.deepStrictEqual(
      entries.map(({ action, actor, api_key_id }: Record<string, unknown>) => [action, actor, api_key_id]),
      ["revoked", "rolled", "created"].map((deed) => [`api-key.${deed}`, grace, shown.id])
    )
  }).pipe(Effect.provide(world)))

it.effect("what can't be is refused before anything starts, or in a sentence", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    const key = ["create-api-key", "--name", "Billing", "--scope", "accounts:read"]
    const refused: ReadonlyArray<readonly [ReadonlyArray<string>, number, string]> = [
      [["create-api-key", "--name", "Billing"], 2, "--scope"],
      [["create-api-key", "--name", "Billing", "--scope", "everything"], 2, "--scope can't be \"everything\""],
      [["create-api-key", "--name", " ", "--scope", "accounts:read"], 2, "--name must be 1 to 100 characters"],
      [[...key, "--network", "192.0.2.1/24"], 2, "--network must be an address or a network"],
      [[...key, "--expires", "2 years"], 2, "--expires must be a time span"],
      [[...key, "--expires", "366d"], 2, "An API key is good for at most"],
      [["roll-api-key", `key_${"0".repeat(25)}`], 3, "There is no such API key."],
      [["roll-api-key", "acct_1"], 2, "<key> must be the id of an API key"],
      [["revoke-api-key", `key_${"0".repeat(25)}`], 2, "give --yes"]
    ]
    for (const [args, exitCode, sentence] of refused) {
      const answer = yield* run(args)
      assert.strictEqual(answer.exitCode, exitCode, answer.stderr)
      assert.include(answer.stderr, sentence)
    }
  }).pipe(Effect.provide(world)))

it.effect("an expired key is listed as expired", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    const { insert } = yield* ApiKeyStore
    yield* insert({
      apiKey: anApiKey({ expiresAt: anApiKey().createdAt }),
      commit: { audit: anEvent() }
    })
    assert.include((yield* run(["list-api-keys"])).stdout, "expired")
  }).pipe(Effect.provide(world)))
