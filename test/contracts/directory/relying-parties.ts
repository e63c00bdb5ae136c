import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { AccountStore } from "../../../src/ports/AccountStore.ts"
import type { AuditLog } from "../../../src/ports/AuditLog.ts"
import { Directory } from "../../../src/ports/Directory.ts"
import type { FactorStore } from "../../../src/ports/FactorStore.ts"
import { aPasskey } from "../../support/builders.ts"
import { enrolled } from "../factor-store/factors.ts"
import { signedUp } from "../session-store/signed-in.ts"

export const relyingPartyPromises = (
  it: Vitest.MethodsNonLive<AccountStore | AuditLog | Directory | FactorStore>
): void => {
  it.effect("a passkey of another domain is found, whether it sorts before or after", () =>
    Effect.gen(function*() {
      const { otherRelyingParty } = yield* Directory
      const account = yield* signedUp()
      yield* enrolled(account)
      assert.deepStrictEqual(yield* otherRelyingParty("example.com"), Option.none())
      yield* enrolled(account, { type: "passkey", passkey: aPasskey({ rpId: "example.com" }) })
      assert.deepStrictEqual(yield* otherRelyingParty("example.com"), Option.none())
      for (const rpId of ["app.example.com", "example.org"]) {
        assert.deepStrictEqual(yield* otherRelyingParty(rpId), Option.some("example.com"))
      }
    }))
}
