/**
 * The contract of outboxes, and of the mails that mutations queue.
 */
import { describe, layer } from "@effect/vitest"
import type { Layer } from "effect"
import type { Store } from "../../src/ports/Stores.ts"
import { mailClaimPromises } from "./outbox/claims.ts"
import { mailOutcomePromises } from "./outbox/outcomes.ts"
import { queueingPromises } from "./outbox/queueing.ts"

export const outboxContract = <E>(name: string, stores: Layer.Layer<Store, E>): void => {
  layer(stores)(`${name} outbox`, (it) => {
    describe("queueing", () => queueingPromises(it))
    describe("claims", () => mailClaimPromises(it))
    describe("outcomes", () => mailOutcomePromises(it))
  })
}
