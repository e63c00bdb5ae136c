/**
 * What every identity store promises, as tests. Each sentence in the documentation of the port has one here; a new
 * behaviour comes here before it comes to any adapter.
 *
 * `store` builds an empty store that all tests of the suite share, but for lists of all accounts; each test makes its
 * own accounts.
 */
import { describe, layer } from "@effect/vitest"
import type { Layer } from "effect"
import type { IdentityStore } from "../../src/ports/IdentityStore.ts"
import { accountChangePromises } from "./identity-store/account-changes.ts"
import { accountEndingPromises } from "./identity-store/account-endings.ts"
import { accountListPromises } from "./identity-store/account-lists.ts"
import { accountPreconditionPromises } from "./identity-store/account-preconditions.ts"
import { accountPromises } from "./identity-store/accounts.ts"
import { prunePromises } from "./identity-store/pruning.ts"
import { sessionEndingPromises } from "./identity-store/session-endings.ts"
import { sessionPromises } from "./identity-store/sessions.ts"

export const identityStoreContract = <E>(name: string, store: Layer.Layer<IdentityStore, E>): void => {
  describe(`${name} identity store`, () => {
    layer(store)("lists of accounts", accountListPromises)
    layer(store)((it) => {
      describe("accounts", () => accountPromises(it))
      describe("changes of accounts", () => accountChangePromises(it))
      describe("preconditions of changes", () => accountPreconditionPromises(it))
      describe("what ends with accounts", () => accountEndingPromises(it))
      describe("sessions", () => sessionPromises(it))
      describe("ends of sessions", () => sessionEndingPromises(it))
      describe("pruning", () => prunePromises(it))
    })
  })
}
