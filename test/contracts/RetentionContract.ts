/**
 * The contract of retention. The directory shows what was deleted, as far as anything can.
 */
import { describe, layer } from "@effect/vitest"
import type { Layer } from "effect"
import type { Directory } from "../../src/ports/Directory.ts"
import type { Retention } from "../../src/ports/Retention.ts"
import type { Store } from "../../src/ports/Stores.ts"
import { entryPruningPromises } from "./retention/audit-entries.ts"
import { budgetPruningPromises } from "./retention/guess-budgets.ts"
import { keyPruningPromises } from "./retention/idempotency-keys.ts"
import { mailPruningPromises } from "./retention/mails.ts"
import { sessionPruningPromises } from "./retention/sessions.ts"

export const retentionContract = <E>(name: string, stores: Layer.Layer<Directory | Retention | Store, E>): void => {
  layer(stores)(`${name} retention`, (it) => {
    describe("sessions", () => sessionPruningPromises(it))
    describe("idempotency keys", () => keyPruningPromises(it))
    describe("budgets of attempts", () => budgetPruningPromises(it))
    describe("mails", () => mailPruningPromises(it))
    describe("audit entries", () => entryPruningPromises(it))
  })
}
