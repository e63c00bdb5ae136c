/** How strongly the holder of a session proved who they are, as gateways learn it. */
import { assert, layer } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { combined } from "../../../../src/domain/model/Authentication.ts"
import { Sessions } from "../../../../src/domain/sessions/Sessions.ts"
import { SessionStore } from "../../../../src/ports/SessionStore.ts"
import { adaSignedIn, bearer, TestIdentity } from "../../../support/TestIdentity.ts"

layer(TestIdentity.layer)("a gateway", (it) => {
  it.effect("is shown a session with a second factor as what it is, where it asks for one", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      const { verify, startFor } = yield* Sessions
      const { insertSession } = yield* SessionStore
      const { account, session } = yield* verify(Redacted.make(token))
      const authentication = combined(session, { amr: ["otp", "mfa"], aal: 2 })
      const client = { userAgent: undefined, ipAddress: undefined }
      const strong = yield* startFor(
        { account, client, authentication },
        undefined,
        (start) => Effect.as(insertSession(start), account)
      )
      const headers = bearer(Redacted.value(strong.token))
      const answer = yield* identity.send("GET", "/authorize?aal=2", { headers })
      assert.strictEqual(answer.status, 200)
      assert.deepInclude(answer.headers, { "identity-aal": "2", "identity-amr": "pwd,otp,mfa" })
      const { json } = yield* identity.send("GET", "/sessions/me", { headers })
      assert.deepInclude(json, { amr: ["pwd", "otp", "mfa"], aal: 2, elevated_until: null })
    }))
})
