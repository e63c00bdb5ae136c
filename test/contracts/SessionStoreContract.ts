/** The contract of session stores. All tests of a suite share its stores; each makes its own accounts. */
import { describe, layer } from "@effect/vitest"
import type { Layer } from "effect"
import type { AccountStore } from "../../src/ports/AccountStore.ts"
import type { SessionStore } from "../../src/ports/SessionStore.ts"
import { sessionEndingPromises } from "./session-store/endings.ts"
import { sessionReplacementPromises } from "./session-store/replacements.ts"
import { sessionPromises } from "./session-store/sessions.ts"

export const sessionStoreContract = <E>(name: string, stores: Layer.Layer<AccountStore | SessionStore, E>): void => {
  layer(stores)(`${name} session store`, (it) => {
    describe("sessions", () => sessionPromises(it))
    describe("replacements", () => sessionReplacementPromises(it))
    describe("ends of sessions", () => sessionEndingPromises(it))
  })
}
