/** A column more is one line more: it is planted in the table of sessions, and the store writes and reads it. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { vi } from "vitest"
import { PostgresClient } from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import type * as Tables from "../../../src/adapters/postgres/tables.ts"
import type { Session } from "../../../src/domain/model/Session.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anAccount, anInsertion, aSession, aStart, START } from "../../support/builders.ts"
import { postgresStores } from "../../support/stores.ts"
import { prepareTemplate } from "../../support/template-database.ts"
import { DisposableServer } from "./DisposableServer.ts"
import { clientOf } from "./TestClient.ts"

vi.mock("../../../src/adapters/postgres/tables.ts", async (importOriginal) => {
  const tables = await importOriginal<typeof Tables>()
  const { column, optionalText, table } = await import("../../../src/adapters/postgres/columns.ts")
  const prototype: Session & { readonly deviceName: string | undefined } = Object.create(null)
  return {
    ...tables,
    sessionTable: table("sessions", { prototype }, {
      ...tables.sessionFields,
      deviceName: column("device_name", optionalText)
    })
  }
})

const deviceOf = (session: Session): unknown => Reflect.get(session, "deviceName")

/** A migrated database on a server of its own, because the process has nothing that others share. */
const client = Layer.unwrap(Effect.gen(function*() {
  const { url } = yield* DisposableServer
  const target = { url }
  yield* prepareTemplate(target)
  return clientOf(target)
})).pipe(Layer.provide(DisposableServer.layer))

layer(Layer.provideMerge(postgresStores, client), { excludeTestServices: true })("columns", (it) => {
  it.effect("a column is inserted, selected and read when it is a line of its table", () =>
    Effect.gen(function*() {
      const { run } = yield* PostgresClient
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      yield* run("Postgres.alter", (connection) => connection.query("ALTER TABLE sessions ADD COLUMN device_name text"))
      const account = anAccount()
      yield* accountStore.insertAccount(anInsertion(account))
      const session = Object.assign(aSession(account), { deviceName: "Ada's telephone" })
      yield* sessionStore.insertSession(aStart(session))
      const found = yield* Effect.flatMap(sessionStore.findSession(session.id), Effect.fromOption)
      assert.strictEqual(deviceOf(found.session), "Ada's telephone")
      assert.strictEqual(found.session.userAgent, session.userAgent)
      const listed = yield* sessionStore.listSessions({
        accountId: account.id,
        limit: 1,
        now: START,
        after: Option.none()
      })
      assert.deepStrictEqual(listed.items.map(deviceOf), ["Ada's telephone"])
    }))
})
