import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anEmail, anEvent } from "../../support/builders.ts"
import { NOW, signedIn, signedUp } from "../session-store/signed-in.ts"

export const countPromises = (it: Vitest.MethodsNonLive<AccountStore | SessionStore>): void => {
  it.effect("of changes at the same time that end sessions, one counts each of them", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const { id } = yield* Effect.tap(signedUp(), (account) => Effect.andThen(signedIn(account), signedIn(account)))
      const changes = yield* Effect.forEach(
        Array.from({ length: 8 }, () => ({
          id,
          precondition: { _tag: "Exists" as const },
          updatedAt: NOW,
          email: anEmail(),
          endSessions: true,
          commit: { audit: anEvent() }
        })),
        store.updateAccount,
        { concurrency: "unbounded" }
      )
      assert.strictEqual(changes.reduce((sum, { sessionsEnded }) => sum + sessionsEnded, 0), 2)
    }))

  it.effect("of those who end all sessions at the same time, one counts each of them", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* Effect.tap(signedUp(), (account) => Effect.andThen(signedIn(account), signedIn(account)))
      const counts = yield* Effect.forEach(
        Array.from({ length: 8 }),
        () => store.endAllSessions({ accountId: account.id, now: NOW, commit: { audit: anEvent() } }),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(counts.reduce((sum, count) => sum + count, 0), 2)
    }))
}
