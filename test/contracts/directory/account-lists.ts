import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Account } from "../../../src/domain/model/Account.ts"
import { emailKey, emailKeyPrefix } from "../../../src/domain/model/Email.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { Directory } from "../../../src/ports/Directory.ts"
import type { AccountQuery } from "../../../src/ports/Directory.ts"
import { anAccount, anInsertion, instant } from "../../support/builders.ts"

const insert = Effect.fnUntraced(function*(accounts: ReadonlyArray<Account>) {
  const store = yield* AccountStore
  yield* Effect.forEach(accounts, (account) => store.insertAccount(anInsertion(account)))
  return accounts
})

const query = (fields: Partial<AccountQuery>): AccountQuery => ({
  limit: 100,
  after: Option.none(),
  emailPrefix: Option.none(),
  status: Option.none(),
  createdSince: Option.none(),
  createdBefore: Option.none(),
  ...fields
})

const after = (account: Account) =>
  Option.some({ createdAt: account.createdAt.epochMilliseconds, id: account.id, emailKey: emailKey(account.email) })

/** A page and the following pages, until it has as many accounts as were asked for. */
const list = Effect.fnUntraced(function*(fields: Partial<AccountQuery>) {
  const directory = yield* Directory
  const asked = query(fields)
  const { items, next } = yield* directory.listAccounts(asked)
  const accounts = [...items]
  for (let after = next; Option.isSome(after) && accounts.length < asked.limit;) {
    const more = yield* directory.listAccounts({ ...asked, after, limit: asked.limit - accounts.length })
    accounts.push(...more.items)
    after = more.next
  }
  return accounts
})

const ids = (accounts: ReadonlyArray<Account>) => accounts.map((account) => account.id)

export const accountListPromises = (it: Vitest.MethodsNonLive<AccountStore | Directory>): void => {
  it.effect("accounts are listed by creation, then id, from a position on", () =>
    Effect.gen(function*() {
      const accounts = yield* insert(Array.from({ length: 5 }, () => anAccount()))
      const [first] = accounts
      assert.isDefined(first)
      const page = yield* list({ after: after(first), limit: 3 })
      assert.deepStrictEqual(ids(page), ids(accounts.slice(1, 4)))
    }))

  it.effect("accounts inserted meanwhile neither hide nor repeat others", () =>
    Effect.gen(function*() {
      const marker = anAccount()
      yield* insert([marker])
      const early = yield* insert(Array.from({ length: 4 }, () => anAccount()))
      const firstPage = yield* list({ after: after(marker), limit: 2 })
      const late = yield* insert([anAccount()])
      const last = firstPage.at(-1)
      assert.isDefined(last)
      const secondPage = yield* list({ after: after(last) })
      assert.deepStrictEqual(ids([...firstPage, ...secondPage]), ids([...early, ...late]))
    }))

  it.effect("an email prefix lists by email key, whole and in pages", () =>
    Effect.gen(function*() {
      const names = ["prefix-b", "prefix-é", "prefix-a", "prefix-z", "prefix_a", "other", "prefix-a%"]
      const accounts = yield* insert(names.map((name) => anAccount({ email: `${name}@lists.example` })))
      const emailPrefix = Option.some(emailKeyPrefix("PREFIX-"))
      const all = yield* list({ emailPrefix })
      assert.deepStrictEqual(
        all.map((account) => account.email),
        [
          "prefix-a%@lists.example",
          "prefix-a@lists.example",
          "prefix-b@lists.example",
          "prefix-z@lists.example",
          "prefix-é@lists.example"
        ]
      )
      const second = accounts.find((account) => account.email === "prefix-a@lists.example")
      assert.isDefined(second)
      const rest = yield* list({ emailPrefix, after: after(second) })
      assert.deepStrictEqual(ids(rest), ids(all.slice(2)))
    }))

  it.effect("[ASVS 1.2.4] a prefix is text, not a pattern", () =>
    Effect.gen(function*() {
      yield* insert([anAccount({ email: "pattern_x@lists.example" }), anAccount({ email: "patternyx@lists.example" })])
      const found = yield* list({ emailPrefix: Option.some("pattern_") })
      assert.deepStrictEqual(found.map((account) => account.email), ["pattern_x@lists.example"])
      assert.deepStrictEqual(yield* list({ emailPrefix: Option.some("pattern%") }), [])
    }))

  it.effect("a status lists the accounts that have it, alone and with a prefix", () =>
    Effect.gen(function*() {
      const [on, off] = yield* insert([
        anAccount({ email: "status-on@lists.example" }),
        anAccount({ email: "status-off@lists.example", status: "disabled" })
      ])
      assert.isDefined(on)
      assert.isDefined(off)
      const disabled = yield* list({ status: Option.some("disabled") })
      assert.deepStrictEqual(ids(disabled), [off.id])
      const emailPrefix = Option.some("status-")
      const active = yield* list({ emailPrefix, status: Option.some("active") })
      assert.deepStrictEqual(ids(active), [on.id])
    }))

  it.effect("accounts are listed by when they were created: from an instant on, and before one", () =>
    Effect.gen(function*() {
      const at = (text: string) => Account.make({ ...anAccount(), createdAt: instant(text) })
      const [first, second, third] = [
        at("2031-01-01T00:00:00.000Z"),
        at("2031-01-02T00:00:00.000Z"),
        at("2031-01-03T00:00:00.000Z")
      ]
      yield* insert([first, second, third])
      const createdSince = Option.some(second.createdAt)
      const createdBefore = Option.some(third.createdAt)
      assert.deepStrictEqual(ids(yield* list({ createdSince })), ids([second, third]))
      assert.deepStrictEqual(ids(yield* list({ createdSince, createdBefore })), ids([second]))
    }))
}
