import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { createAccount, runtime } from "../examples/embedding.ts"

describe("An embedder", () => {
  it.effect("creates an account against adapters in memory", () =>
    Effect.gen(function*() {
      const account = yield* Effect.provide(createAccount, yield* runtime.contextEffect)
      assert.match(account.id, /^acct_[0-9a-z]{25}$/)
      assert.deepStrictEqual(
        [account.email, account.displayName, account.status, account.version],
        ["ada@example.com", "Ada Lovelace", "active", 1]
      )
    }))

  it("needs no more than 20 lines for it", () => {
    const source = readFileSync(new URL("../examples/embedding.ts", import.meta.url), "utf8")
    assert.isAtMost(source.trimEnd().split("\n").length, 20)
  })
})
