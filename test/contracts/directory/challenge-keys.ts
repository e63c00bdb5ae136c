import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect } from "effect"
import type { DateTime } from "effect"
import type { AccountStore } from "../../../src/ports/AccountStore.ts"
import { AuditLog } from "../../../src/ports/AuditLog.ts"
import type { ChallengeStore } from "../../../src/ports/ChallengeStore.ts"
import { Directory } from "../../../src/ports/Directory.ts"
import { Retention } from "../../../src/ports/Retention.ts"
import { anAccountId, anEmail, anEvent } from "../../support/builders.ts"
import { after, NOW, started } from "../challenge-store/started.ts"

export const challengeKeyPromises = (
  it: Vitest.MethodsNonLive<AccountStore | AuditLog | ChallengeStore | Directory | Retention>
): void => {
  it.effect("the keys of live challenges are told, with how many need them and until when", () =>
    Effect.gen(function*() {
      const { challengeKeys } = yield* Directory
      const email = anEmail()
      // The fourth of one address isn't live.
      const challenges = yield* Effect.forEach([1, 2, 3, 4], () => started({ email, signingKey: "k1" }))
      const signUp = yield* started({ purpose: "sign-up", signingKey: "k2" })
      yield* started({})
      const [recovery = signUp] = challenges
      const own = (at: DateTime.Utc) =>
        Effect.map(
          challengeKeys(at),
          (keys) =>
            keys.filter(({ key }) => key === "k1" || key === "k2").toSorted((self, that) =>
              self.key.localeCompare(that.key)
            )
        )
      assert.deepStrictEqual(yield* own(NOW), [
        { key: "k1", challenges: 3, until: recovery.expiresAt },
        { key: "k2", challenges: 1, until: signUp.expiresAt }
      ])
      assert.deepStrictEqual((yield* own(after(recovery))).map(({ key }) => key), ["k2"])
    }))

  it.effect("the challenges of one key are ended, which is recorded if there were any", () =>
    Effect.gen(function*() {
      const { challengeKeys } = yield* Directory
      const { endChallengesOf } = yield* Retention
      const chain = anAccountId()
      yield* Effect.forEach(["k3", "k3", "k4"], (signingKey) => started({ signingKey }))
      const end = endChallengesOf({ key: "k3", commit: { audit: anEvent({ chain }) } })
      assert.deepStrictEqual([yield* end, yield* end], [2, 0])
      assert.notInclude((yield* challengeKeys(NOW)).map(({ key }) => key), "k3")
      assert.include((yield* challengeKeys(NOW)).map(({ key }) => key), "k4")
      assert.lengthOf(yield* (yield* AuditLog).chains([{ chain, afterSequence: 0, limit: 10 }]), 1)
    }))
}
