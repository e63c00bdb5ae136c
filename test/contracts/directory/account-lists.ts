import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Duration, Effect, Option } from "effect"
import { Account } from "../../../src/domain/model/Account.ts"
import { AuditEntryId, AuditEvent } from "../../../src/domain/model/Audit.ts"
import { emailKey, emailKeyPrefix } from "../../../src/domain/model/Email.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { Directory } from "../../../src/ports/Directory.ts"
import type { AccountQuery } from "../../../src/ports/Directory.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anAccount, anEvent, anInsertion, aSession, aStart, instant, START } from "../../support/builders.ts"

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
  verified: Option.none(),
  lastSignInBefore: Option.none(),
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

export const accountListPromises = (it: Vitest.MethodsNonLive<AccountStore | Directory | SessionStore>): void => {
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
      const own = ids([...early, ...late])
      // Other tests have made accounts that are younger.
      assert.deepStrictEqual(ids([...firstPage, ...secondPage]).filter((id) => own.includes(id)), own)
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

  it.effect("accounts are listed by whether their email is verified, by creation and by email", () =>
    Effect.gen(function*() {
      const { updateAccount } = yield* AccountStore
      const [one, two] = [
        anAccount({ email: "verified-1@example.com" }),
        anAccount({ email: "verified-2@example.com" })
      ]
      yield* insert([one, two])
      yield* updateAccount({
        id: one.id,
        precondition: { _tag: "Exists" },
        updatedAt: one.createdAt,
        emailVerified: true,
        endSessions: false,
        commit: { audit: anEvent({ account: one }) }
      })
      const emailPrefix = Option.some(emailKeyPrefix("verified-"))
      assert.deepStrictEqual(ids(yield* list({ verified: Option.some(true) })), [one.id])
      assert.deepStrictEqual(ids(yield* list({ verified: Option.some(true), emailPrefix })), [one.id])
      assert.deepStrictEqual(ids(yield* list({ verified: Option.some(false), emailPrefix })), [two.id])
      assert.include(ids(yield* list({ verified: Option.some(false) })), two.id)
    }))

  it.effect("accounts to which nobody has signed in since an instant are listed, unless they are newer than that", () =>
    Effect.gen(function*() {
      const { insertSession } = yield* SessionStore
      const since = DateTime.addDuration(START, "10 days")
      const emails = ["away-1@example.com", "away-2@example.com", "away-3@example.com"]
      const [never, before, later] = emails.map((email) => anAccount({ email }))
      assert.isDefined(never)
      assert.isDefined(before)
      assert.isDefined(later)
      const newer = Account.make({ ...anAccount({ email: "away-4@example.com" }), createdAt: since, updatedAt: since })
      yield* insert([never, before, later, newer])
      for (const [account, days] of [[before, 9], [later, 10]] as const) {
        const createdAt = DateTime.addDuration(START, Duration.days(days))
        const start = aStart(aSession(account, { createdAt }))
        const audit = AuditEvent.make({ ...start.commit.audit, ...timed(createdAt) })
        yield* insertSession({ ...start, commit: { ...start.commit, audit } })
      }
      const emailPrefix = Option.some(emailKeyPrefix("away-"))
      const away = { lastSignInBefore: Option.some(since) }
      assert.deepStrictEqual(ids(yield* list({ ...away, emailPrefix })), [never.id, before.id])
      const all = ids(yield* list(away))
      assert.includeMembers(all, [never.id, before.id])
      assert.notIncludeMembers(all, [later.id, newer.id])
    }))
}

/** The members of an entry that tell its time. */
const timed = (occurredAt: DateTime.Utc) => ({
  id: AuditEntryId.make(`aud_${(BigInt(DateTime.toEpochMillis(occurredAt)) << 80n).toString(36).padStart(25, "0")}`),
  occurredAt
})
