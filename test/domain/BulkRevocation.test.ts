import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { BulkRevocation } from "../../src/domain/sessions/BulkRevocation.ts"
import { isAccepted, PASSWORD, signedIn, signIn, signUp } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

const silent = () => Effect.void

layer(TestServices.layer)("revocation by filter", (it) => {
  it.effect("what is counted is what is ended, over all accounts", () =>
    Effect.gen(function*() {
      const revocation = yield* BulkRevocation
      const client = { userAgent: "stolen-laptop/1.0", ipAddress: "203.0.113.9" }
      const accounts = yield* Effect.forEach(Array.from({ length: 105 }), () => signUp())
      const stolen = yield* Effect.forEach(accounts, (account) => signIn(account.email, PASSWORD, { client }))
      const other = yield* signedIn
      const filter = { network: "203.0.113.0/24", userAgent: "stolen" }
      const counted = yield* revocation.count(filter, Option.none(), silent)
      assert.deepStrictEqual(counted, { accounts: 105, sessions: 105 })
      assert.deepStrictEqual(yield* revocation.revoke(filter, Option.none(), silent), counted)
      assert.deepStrictEqual(yield* revocation.count(filter, Option.none(), silent), { accounts: 0, sessions: 0 })
      assert.isTrue((yield* Effect.forEach(stolen, ({ token }) => isAccepted(token))).every((accepted) => !accepted))
      assert.isTrue(yield* isAccepted(other.token))
    }))

  it.effect("one account's sessions before an instant", () =>
    Effect.gen(function*() {
      const revocation = yield* BulkRevocation
      const { account, token: early } = yield* signedIn
      yield* TestClock.adjust("1 minute")
      const createdBefore = yield* DateTime.now
      const late = yield* signIn(account.email)
      const ended = yield* revocation.revoke({ createdBefore }, Option.some(account.id), silent)
      assert.deepStrictEqual(ended, { accounts: 1, sessions: 1 })
      assert.deepStrictEqual(yield* Effect.forEach([early, late.token], isAccepted), [false, true])
    }))
})
