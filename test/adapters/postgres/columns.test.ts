/** A column more is one line more: it is planted in a table, and the stores write and read it. */
import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Layer, Option } from "effect"
import { vi } from "vitest"
import type * as Tables from "../../../src/adapters/postgres/tables.ts"
import type { Account } from "../../../src/domain/model/Account.ts"
import type { Session } from "../../../src/domain/model/Session.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { AccountTransfer } from "../../../src/ports/AccountTransfer.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anImport } from "../../contracts/account-transfer/imports.ts"
import { anAccount, anInsertion, aSession, aStart, START } from "../../support/builders.ts"
import { postgresStores } from "../../support/stores.ts"
import { prepareTemplate } from "../../support/template-database.ts"
import { DisposableServer } from "./DisposableServer.ts"
import { clientOf, execute } from "./TestClient.ts"

const planted = { nickname: "Countess", bornAt: DateTime.makeUnsafe("1815-12-10T00:00:00Z"), letters: 2 ** 40 }

vi.mock("../../../src/adapters/postgres/tables.ts", async (importOriginal) => {
  const tables = await importOriginal<typeof Tables>()
  const { column, instant, optional, optionalText, table, wholeNumber } = await import(
    "../../../src/adapters/postgres/columns.ts"
  )
  const accounts: Account & Partial<typeof planted> = Object.create(null)
  const sessions: Session & { readonly deviceName: string | undefined } = Object.create(null)
  return {
    ...tables,
    accountTable: table("accounts", { prototype: accounts }, {
      ...tables.accountFields,
      nickname: column("nickname", optionalText),
      bornAt: column("born_at", optional(instant)),
      letters: column("letters", optional(wholeNumber))
    }),
    sessionTable: table("sessions", { prototype: sessions }, {
      ...tables.sessionFields,
      deviceName: column("device_name", optionalText)
    })
  }
})

const FIELDS = Object.keys(planted)

const fieldsOf = (record: Account | Session, ...names: ReadonlyArray<string>): ReadonlyArray<unknown> =>
  names.map((name) => Reflect.get(record, name))

/** A migrated database on a server of its own, because the process has nothing that others share. */
const client = Layer.unwrap(Effect.gen(function*() {
  const { url } = yield* DisposableServer
  const target = { url }
  yield* prepareTemplate(target)
  yield* execute(target, "ALTER TABLE accounts ADD nickname text, ADD born_at timestamptz, ADD letters int8")
  yield* execute(target, "ALTER TABLE sessions ADD device_name text")
  return clientOf(target)
})).pipe(Layer.provide(DisposableServer.layer))

layer(Layer.provideMerge(postgresStores, client), { excludeTestServices: true })("a line of its table", (it) => {
  it.effect("has a column of sessions inserted, selected and read", () =>
    Effect.gen(function*() {
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      const account = anAccount()
      yield* accountStore.insertAccount(anInsertion(account))
      const session = Object.assign(aSession(account), { deviceName: "Ada's telephone" })
      yield* sessionStore.insertSession(aStart(session))
      const found = yield* Effect.flatMap(sessionStore.findSession(session.id), Effect.fromOption)
      assert.deepStrictEqual(fieldsOf(found.session, "deviceName"), ["Ada's telephone"])
      assert.strictEqual(found.session.userAgent, session.userAgent)
      const listed = yield* sessionStore.listSessions({
        accountId: account.id,
        limit: 1,
        now: START,
        after: Option.none()
      })
      assert.deepStrictEqual(listed.items.flatMap((it) => fieldsOf(it, "deviceName")), ["Ada's telephone"])
    }))

  it.effect("has a column of accounts inserted, imported, exported, selected and read", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const transfer = yield* AccountTransfer
      const plain = anAccount()
      const inserted = Object.assign(anAccount(), planted)
      const imported = Object.assign(anAccount(), planted)
      yield* store.insertAccount(anInsertion(inserted))
      yield* transfer.insertAll([anImport(imported), anImport(plain)])
      const exported = yield* transfer.list({ limit: 2, after: Option.some(plain.id) })
      const known = yield* transfer.findKnown({ ids: [plain.id], externalIds: [], emailKeys: [] })
      assert.deepStrictEqual([...exported, ...known].map(({ account }) => fieldsOf(account, "id", ...FIELDS)), [
        [inserted.id, ...Object.values(planted)],
        [imported.id, ...Object.values(planted)],
        [plain.id, undefined, undefined, undefined]
      ])
    }))
})
