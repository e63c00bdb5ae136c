/**
 * What every throttle promises: budgets that are exact in whatever race, delays that grow, and nothing counted that was
 * not an attempt. All tests of a suite share its store; each makes its own budgets.
 */
import { describe, layer } from "@effect/vitest"
import type { Layer } from "effect"
import type { AccountStore } from "../../src/ports/AccountStore.ts"
import type { AttemptThrottle } from "../../src/ports/AttemptThrottle.ts"
import type { SessionStore } from "../../src/ports/SessionStore.ts"
import { budgetPromises } from "./attempt-throttle/budgets.ts"
import { newcomerPromises } from "./attempt-throttle/newcomers.ts"
import { outcomePromises } from "./attempt-throttle/outcomes.ts"
import { racePromises } from "./attempt-throttle/races.ts"

export const attemptThrottleContract = <E>(
  name: string,
  stores: Layer.Layer<AttemptThrottle | AccountStore | SessionStore, E>
): void => {
  layer(stores)(`${name} attempt throttle`, (it) => {
    describe("budgets", () => budgetPromises(it))
    describe("newcomers", () => newcomerPromises(it))
    describe("outcomes of attempts", () => outcomePromises(it))
    describe("races", () => racePromises(it))
  })
}

/** What may depend on how a store keeps transactions apart: what is written under a condition, and races. */
export const attemptThrottleRaces = <E>(
  name: string,
  stores: Layer.Layer<AttemptThrottle | AccountStore | SessionStore, E>
): void => {
  layer(stores)(`${name} attempt throttle`, (it) => {
    describe("outcomes of attempts", () => outcomePromises(it))
    describe("races", () => racePromises(it))
  })
}
