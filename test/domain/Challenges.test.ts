import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as MemoryStores from "../../src/adapters/memory/MemoryStores.ts"
import { Challenges } from "../../src/domain/challenges/Challenges.ts"
import { Recoveries } from "../../src/domain/challenges/Recoveries.ts"
import { SignInLinkPolicy } from "../../src/domain/challenges/SignInLinkPolicy.ts"
import { SignInLinks } from "../../src/domain/challenges/SignInLinks.ts"
import { SignUps } from "../../src/domain/challenges/SignUps.ts"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { anEmail } from "../support/builders.ts"
import { signUp } from "../support/people.ts"
import { changing } from "../support/stores.ts"
import * as TestServices from "../support/TestServices.ts"

const lookUps: Array<string> = []

const watched = changing(AccountStore, (store) => ({
  findAccount: (id) => Effect.suspend(() => (lookUps.push("by id"), store.findAccount(id))),
  findAccountByEmail: (key) => Effect.suspend(() => (lookUps.push("by email"), store.findAccountByEmail(key)))
})).pipe(Layer.provideMerge(MemoryStores.layer))

describe("a challenge that strangers may start", () => {
  it.effect("[P6] [ASVS 6.3.8] asks the same of the store, whether or not somebody has the address", () =>
    Effect.gen(function*() {
      const challenges = yield* Challenges
      for (const { start } of [yield* Recoveries, yield* SignInLinks, yield* SignUps]) {
        for (const email of [(yield* signUp()).email, anEmail()]) {
          lookUps.length = 0
          const { id } = yield* start(email)
          yield* TestClock.adjust("1 minute")
          yield* challenges.resend(id)
          assert.deepStrictEqual(lookUps, ["by email", "by email"])
        }
      }
    }).pipe(Effect.provide(
      TestServices.servicesOver(TestServices.cheapHasher, watched).pipe(
        Layer.provide(Layer.succeed(SignInLinkPolicy, "on"))
      )
    )))
})
