/**
 * The contract of guess budgets: exact counts in every race, delays that grow, and nothing counted but attempts. All
 * tests of a suite share its store; each makes its own budgets.
 */
import { describe, layer } from "@effect/vitest"
import type { Layer } from "effect"
import type { AccountStore } from "../../src/ports/AccountStore.ts"
import type { GuessBudgets } from "../../src/ports/GuessBudgets.ts"
import type { SessionStore } from "../../src/ports/SessionStore.ts"
import { budgetPromises } from "./guess-budgets/budgets.ts"
import { newcomerPromises } from "./guess-budgets/newcomers.ts"
import { outcomePromises } from "./guess-budgets/outcomes.ts"
import { racePromises } from "./guess-budgets/races.ts"

export const guessBudgetsContract = <E>(
  name: string,
  stores: Layer.Layer<GuessBudgets | AccountStore | SessionStore, E>
): void => {
  layer(stores)(`${name} guess budgets`, (it) => {
    describe("budgets", () => budgetPromises(it))
    describe("newcomers", () => newcomerPromises(it))
    describe("outcomes of attempts", () => outcomePromises(it))
    describe("races", () => racePromises(it))
  })
}

/** The promises that may depend on transaction isolation: conditional writes and races. */
export const guessBudgetsRaces = <E>(
  name: string,
  stores: Layer.Layer<GuessBudgets | AccountStore | SessionStore, E>
): void => {
  layer(stores)(`${name} guess budgets`, (it) => {
    describe("outcomes of attempts", () => outcomePromises(it))
    describe("races", () => racePromises(it))
  })
}
