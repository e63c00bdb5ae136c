/**
 * The contract of account stores. Each sentence in the port's documentation has a test here. New behaviour is added
 * here before it is added to any adapter.
 *
 * `stores` builds empty stores that all tests of the suite share; each test makes its own accounts.
 */
import { describe, layer } from "@effect/vitest"
import type { Layer } from "effect"
import type { AccountStore } from "../../src/ports/AccountStore.ts"
import type { SessionStore } from "../../src/ports/SessionStore.ts"
import { accountPromises } from "./account-store/accounts.ts"
import { accountChangePromises } from "./account-store/changes.ts"
import { accountEndingPromises } from "./account-store/endings.ts"
import { accountPreconditionPromises } from "./account-store/preconditions.ts"

export const accountStoreContract = <E>(name: string, stores: Layer.Layer<AccountStore | SessionStore, E>): void => {
  layer(stores)(`${name} account store`, (it) => {
    describe("accounts", () => accountPromises(it))
    describe("changes of accounts", () => accountChangePromises(it))
    describe("preconditions of changes", () => accountPreconditionPromises(it))
    describe("what ends with accounts", () => accountEndingPromises(it))
  })
}
