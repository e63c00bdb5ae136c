import { assert, layer } from "@effect/vitest"
import { Cause, Effect, Exit, Layer } from "effect"
import { PostgresClient } from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anAccount, anInsertion, aSession, aStart } from "../../support/builders.ts"
import { postgresStores } from "../../support/stores.ts"
import { clientAt } from "./TestClient.ts"

layer(Layer.provideMerge(postgresStores, clientAt("read committed")))("rows", (it) => {
  it.effect.each([
    ["status", "'canary'", "status"],
    ["created_at", "'infinity'", "account_created_at"]
  ])(
    "a row that can't exist is a defect that names table, id and column and not the value: %s",
    ([column, value, selected]) =>
      Effect.gen(function*() {
        const { run } = yield* PostgresClient
        const store = yield* AccountStore
        const account = anAccount()
        yield* store.insertAccount(anInsertion(account))
        yield* run(
          "Postgres.update",
          (connection) => connection.query(`UPDATE accounts SET ${column} = ${value} WHERE id = $1`, [account.id])
        )
        const exit = yield* Effect.exit(store.findAccount(account.id))
        assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
        if (!Exit.isFailure(exit)) return
        const text = Cause.pretty(exit.cause)
        assert.include(text, `Table accounts holds an impossible row: ${account.id}, column ${selected}`)
        assert.notInclude(text, "canary")
      })
  )

  it.effect("text that a later rule would refuse is still read", () =>
    Effect.gen(function*() {
      const { run } = yield* PostgresClient
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      const account = anAccount()
      yield* accountStore.insertAccount(anInsertion(account))
      const session = aSession(account)
      yield* sessionStore.insertSession(aStart(session))
      yield* run("Postgres.update", (connection) =>
        connection.query("UPDATE accounts SET email = $2, display_name = $3 WHERE id = $1", [
          account.id,
          "no longer an address",
          "line\nbreak"
        ]))
      const found = yield* Effect.flatMap(sessionStore.findSession(session.id), Effect.fromOption)
      assert.strictEqual(found.account.email, "no longer an address")
      assert.strictEqual(found.account.displayName, "line\nbreak")
    }))
})
