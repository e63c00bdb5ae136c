/** Databases that can't keep what this service stores: refused by name before anything is written. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { reachableDatabaseIn } from "./Database.ts"
import { freePorts, identity } from "./IdentityProcess.ts"

const KEY = "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"

describe("a database that can't hold every text", () => {
  it.live.each(["LATIN1", "SQL_ASCII"])(
    "is refused by `migrate`, the server and commands, which name %s",
    (encoding) =>
      Effect.gen(function*() {
        const { url } = yield* reachableDatabaseIn(encoding)
        const variables = { IDENTITY_DATABASE_URL: Redacted.value(url), IDENTITY_SIGNING_KEYS: KEY }
        const [port, managementPort] = yield* freePorts
        const commands = [["migrate"], ["migrate", "--dry-run"], ["serve", "--port", `${port}`], ["list-accounts"]]
        const outcomes = yield* Effect.forEach(
          commands,
          (args) => identity([...args, "--json"], { ...variables, IDENTITY_MANAGEMENT_PORT: `${managementPort}` }),
          { concurrency: 2 }
        )
        for (const { exitCode, stderr, stdout } of outcomes) {
          assert.deepStrictEqual([exitCode, stdout], [1, ""], stderr)
          assert.include(stderr, `"code":"database-unsuitable"`)
          assert.include(stderr, encoding)
          assert.include(stderr, "UTF8")
        }
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    40_000
  )
})
