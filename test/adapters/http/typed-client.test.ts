import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Redacted, Ref, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { IdentityApi } from "../../../src/adapters/http/api/IdentityApi.ts"
import { TooManyRequests } from "../../../src/adapters/http/api/TooManyRequests.ts"
import { DisplayName } from "../../../src/domain/model/Account.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { IdempotencyKey } from "../../../src/domain/model/Idempotency.ts"
import { NewPassword, Password } from "../../../src/domain/model/Password.ts"
import { SessionId } from "../../../src/domain/model/Session.ts"
import { listening } from "../../support/RunningServer.ts"
import { ADA, PUBLIC_URL } from "../../support/TestIdentity.ts"

const newPassword = Schema.decodeSync(NewPassword)
const password = Schema.decodeSync(Password)

/** A typed client as in any TypeScript program, and a place for its token. */
const client = Effect.gen(function*() {
  const port = yield* listening()
  const token = yield* Ref.make("")
  const api = yield* HttpApiClient.make(IdentityApi, {
    baseUrl: `http://127.0.0.1:${port}`,
    transformClient: HttpClient.mapRequestEffect((request) =>
      Effect.map(Ref.get(token), (text) => text === "" ? request : HttpClientRequest.bearerToken(request, text))
    )
  })
  return { api, token }
})

const email = Email.make(ADA.email)

const signedIn = Effect.gen(function*() {
  const { api, token } = yield* client
  const { body: account, headers } = yield* api.accounts.create({
    headers: {},
    payload: { email, password: newPassword(ADA.password), display_name: DisplayName.make(ADA.display_name) }
  })
  const { body: session } = yield* api.sessions.start({
    headers: { "idempotency-key": IdempotencyKey.make("key-1") },
    payload: { email, password: password(ADA.password) }
  })
  yield* Ref.set(token, session.token === undefined ? "" : Redacted.value(session.token))
  return { api, token, account, headers, session }
})

describe("the typed client", () => {
  it.live("signs up and in, and sees what the server says as values", () =>
    Effect.gen(function*() {
      const { account, api, headers, session } = yield* signedIn
      assert.strictEqual(headers.location, `${PUBLIC_URL}/accounts/me`)
      assert.isTrue(DateTime.isDateTime(account.created_at))
      const mine = yield* api.accounts.me()
      assert.strictEqual(mine.headers.etag, "\"1\"")
      assert.deepStrictEqual(mine.body, account)
      const { body: list } = yield* api.sessions.list({ query: {} })
      assert.deepStrictEqual(list.sessions.map(({ id }) => id), [session.id])
      yield* api.sessions.endMine()
    }).pipe(Effect.provide(FetchHttpClient.layer)))

  it.live("changes an account and its password, and deletes it", () =>
    Effect.gen(function*() {
      const { api, token } = yield* signedIn
      const read = yield* api.accounts.me()
      const changed = yield* api.accounts.change({
        headers: { "if-match": read.headers.etag },
        payload: { display_name: DisplayName.make("Countess") }
      })
      assert.deepStrictEqual([changed.headers.etag, changed.body.display_name], ["\"2\"", "Countess"])
      const { body: renewed } = yield* api.accounts.changePassword({
        payload: { current_password: password(ADA.password), new_password: newPassword("a whole new password") }
      })
      yield* Ref.set(token, renewed.token === undefined ? "" : Redacted.value(renewed.token))
      const stale = yield* Effect.flip(api.accounts.change({ headers: { "if-match": "\"2\"" }, payload: {} }))
      assert.strictEqual("code" in stale ? stale.code : stale._tag, "version-conflict")
      yield* api.accounts.delete({ payload: { current_password: password("a whole new password") } })
      const gone = yield* Effect.flip(api.accounts.me())
      assert.strictEqual("code" in gone ? gone.code : gone._tag, "session-required")
    }).pipe(Effect.provide(FetchHttpClient.layer)))

  it.live("fails with how long to wait after one guess too many", () =>
    Effect.gen(function*() {
      const { api } = yield* client
      const guess = Effect.flip(api.sessions.start({ headers: {}, payload: { email, password: password("wrong") } }))
      yield* Effect.replicateEffect(guess, 10)
      const limited = yield* guess
      assert.instanceOf(limited, TooManyRequests)
      assert.deepInclude(limited, {
        code: "too-many-requests",
        headers: {
          "retry-after": "60",
          "ratelimit-policy": "\"sign-in-email-network\";q=10;w=36000",
          ratelimit: "\"sign-in-email-network\";r=0;t=60"
        }
      })
    }).pipe(Effect.provide(FetchHttpClient.layer)))

  it.live("fails with the problem the server answers", () =>
    Effect.gen(function*() {
      const { api } = yield* signedIn
      const taken = yield* Effect.flip(api.accounts.create({
        headers: {},
        payload: { email, password: newPassword(ADA.password), display_name: DisplayName.make("Another") }
      }))
      assert.strictEqual("code" in taken ? taken.code : taken._tag, "email-already-exists")
      const wrong = yield* Effect.flip(api.sessions.start({
        headers: {},
        payload: { email, password: password("wrong") }
      }))
      assert.strictEqual("code" in wrong ? wrong.code : wrong._tag, "invalid-credentials")
      const missing = yield* Effect.flip(api.sessions.end({ params: { id: SessionId.make(`ses_${"0".repeat(25)}`) } }))
      assert.strictEqual("code" in missing ? missing.code : missing._tag, "not-found")
      const cursor = yield* Effect.flip(api.sessions.list({ query: { limit: 1, after: "x" } }))
      assert.deepStrictEqual("errors" in cursor ? cursor.errors.map(({ pointer }) => pointer) : [], ["/after"])
    }).pipe(Effect.provide(FetchHttpClient.layer)))
})
