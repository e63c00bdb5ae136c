/**
 * The contract of factor stores. Each sentence in the port's documentation has a test here.
 */
import { describe, layer } from "@effect/vitest"
import type { Layer } from "effect"
import type { AccountStore } from "../../src/ports/AccountStore.ts"
import type { AuditLog } from "../../src/ports/AuditLog.ts"
import type { ChallengeStore } from "../../src/ports/ChallengeStore.ts"
import type { FactorStore } from "../../src/ports/FactorStore.ts"
import type { Outbox } from "../../src/ports/Outbox.ts"
import type { SessionStore } from "../../src/ports/SessionStore.ts"
import { factorPromises } from "./factor-store/factors.ts"
import { factorRecoveryPromises } from "./factor-store/recoveries.ts"
import { factorUsePromises } from "./factor-store/uses.ts"

export const factorStoreContract = <E>(
  name: string,
  stores: Layer.Layer<AccountStore | AuditLog | ChallengeStore | FactorStore | Outbox | SessionStore, E>
): void => {
  layer(stores)(`${name} factor store`, (it) => {
    describe("factors", () => factorPromises(it))
    describe("recoveries", () => factorRecoveryPromises(it))
    describe("uses", () => factorUsePromises(it))
  })
}
