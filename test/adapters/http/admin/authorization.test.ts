/** Authorization of programs: every route of the admin API for every kind of caller and every scope. */
import { assert, describe, it, layer } from "@effect/vitest"
import { DateTime, Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { adminEndpoints } from "../../../../src/adapters/http/admin/AdminApi.ts"
import { ApiKeys } from "../../../../src/domain/admin/ApiKeys.ts"
import { ApiKeyScope } from "../../../../src/domain/model/ApiKey.ts"
import type { IssuedApiKey } from "../../../../src/domain/model/ApiKey.ts"
import { aKey, layer as world } from "../../../support/TestAdmin.ts"
import { ADA, bearer, TestIdentity } from "../../../support/TestIdentity.ts"
import type { Sent } from "../../../support/TestIdentity.ts"

const NOBODY = "acct_0000000000000000000000000"

const table: ReadonlyArray<
  readonly [method: string, path: string, scope: ApiKeyScope, status: number, sent?: Sent]
> = [
  ["GET", "/admin/accounts", "accounts:read", 200],
  ["GET", "/admin/accounts/{account}", "accounts:read", 200],
  ["POST", "/admin/accounts", "accounts:write", 201, { json: { email: "new@example.com", display_name: "New" } }],
  ["PATCH", "/admin/accounts/{account}", "accounts:write", 200, {
    json: { display_name: "New" },
    headers: { "if-match": "*" }
  }],
  ["DELETE", "/admin/accounts/{account}", "accounts:write", 204, { headers: { "if-match": "*" } }],
  ["POST", "/admin/accounts/{account}/disable", "accounts:write", 200],
  ["POST", "/admin/accounts/{account}/enable", "accounts:write", 200],
  ["POST", "/admin/accounts/{account}/recovery", "accounts:write", 202],
  ["GET", "/admin/accounts/{account}/factors", "accounts:read", 200],
  // She has none.
  ["DELETE", "/admin/accounts/{account}/factors/fct_0000000000000000000000000", "accounts:write", 404],
  ["GET", "/admin/accounts/{account}/sessions", "sessions:read", 200],
  ["DELETE", "/admin/accounts/{account}/sessions", "sessions:revoke", 204],
  ["DELETE", "/admin/accounts/{account}/sessions/{session}", "sessions:revoke", 204],
  ["POST", "/admin/session-revocations", "sessions:revoke", 200, { json: { all_accounts: true } }],
  ["GET", "/admin/audit-log", "audit:read", 200],
  ["POST", "/admin/imports", "imports:write", 200, { body: "", headers: { "content-type": "application/x-ndjson" } }],
  ["GET", "/admin/exports/accounts", "accounts:read", 200],
  ["GET", "/admin/api-keys", "keys:write", 200],
  ["POST", "/admin/api-keys", "keys:write", 201, { json: { name: "Another", scopes: ["keys:write"] } }],
  ["POST", "/admin/api-keys/{key}/roll", "keys:write", 200, { json: {} }],
  ["DELETE", "/admin/api-keys/{key}", "keys:write", 204]
]

const keyText = ({ secret }: IssuedApiKey) => Redacted.value(secret)

/** Tokens of callers whom nothing here is for. */
const strangers = Effect.gen(function*() {
  const identity = yield* TestIdentity
  const keys = yield* ApiKeys
  const [revoked, rolled] = [yield* aKey(), yield* aKey()]
  yield* keys.revoke(revoked.apiKey.id)
  const now = yield* DateTime.now
  const expired = yield* aKey({ expiresAt: DateTime.addDuration(now, "1 minute") })
  yield* TestClock.adjust("1 minute")
  return {
    nobody: undefined,
    "somebody with a session": yield* identity.signIn(),
    "a forged key": `${keyText(rolled).slice(0, -6)}AAAAAA`,
    "a revoked key": keyText(revoked),
    "an expired key": keyText(expired),
    "a key from elsewhere": keyText(yield* aKey({ allowedNetworks: ["192.0.2.0/24"] }))
  }
})

describe("[ASVS 8.2.1, 8.3.1, P21] every endpoint", () => {
  it.effect.each(table)(
    "%s %s is for keys with the scope %s",
    ([method, path, scope, status, sent = {}]) =>
      Effect.gen(function*() {
        const identity = yield* TestIdentity
        const account = String((yield* identity.signUp()).json["id"])
        const started = yield* identity.send("POST", "/sessions", { json: ADA_SIGNS_IN })
        const session = String(started.json["id"])
        const key = (yield* aKey({ scopes: [scope] })).apiKey.id
        const target = path.replace("{account}", account).replace("{session}", session).replace("{key}", key)
        const ask = (token: string | undefined, from: string) =>
          identity.send(method, target, {
            ...sent,
            from,
            headers: { ...sent.headers, ...(token === undefined ? {} : bearer(token)) }
          })
        for (const [caller, token] of Object.entries(yield* strangers)) {
          const answer = yield* ask(token, "198.51.100.7")
          assert.deepStrictEqual([answer.status, answer.json["code"]], [401, "api-key-required"], caller)
          assert.strictEqual(answer.headers["www-authenticate"], "Bearer")
        }
        for (
          const other of ApiKeyScope.literals.filter((one) => one !== scope)
        ) {
          const answer = yield* ask(keyText(yield* aKey({ scopes: [other] })), "192.0.2.1")
          assert.deepStrictEqual(
            [answer.status, answer.json["code"], answer.json["scope"]],
            [403, "scope-missing", scope],
            other
          )
        }
        const answer = yield* ask(keyText(yield* aKey({ scopes: [scope] })), "192.0.2.1")
        assert.strictEqual(answer.status, status, answer.text)
      }).pipe(Effect.provide(world))
  )

  it("is in the table, with its scope", () => {
    const declared = adminEndpoints().map(({ method, path, scope }) =>
      `${method} ${path.replaceAll(/:\w+/g, "{}")} ${scope}`
    )
    const tabled = table.map(([method, path, scope]) =>
      `${method} ${path.replaceAll(/\{\w+\}|fct_\w+/g, "{}")} ${scope}`
    )
    assert.deepStrictEqual(tabled.toSorted(), declared.toSorted())
  })
})

const ADA_SIGNS_IN = { email: ADA.email, password: ADA.password }

layer(world)((it) => {
  it.effect("[P21] a key with every scope opens nothing of a holder's", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      const headers = bearer(keyText(yield* aKey()))
      for (const path of ["/sessions/me", "/accounts/me", "/sessions", "/authorize"]) {
        const answer = yield* identity.send("GET", path, { headers })
        assert.deepStrictEqual([answer.status, answer.json["code"]], [401, "session-required"], path)
      }
    }))

  it.effect("who may not ask doesn't learn which accounts exist, nor whether an id is one", () =>
    Effect.gen(function*() {
      const { send, signUp } = yield* TestIdentity
      const { id } = (yield* signUp()).json
      const headers = bearer(keyText(yield* aKey({ scopes: ["audit:read"] })))
      for (const account of [id, NOBODY, "x"]) {
        assert.strictEqual((yield* send("GET", `/admin/accounts/${account}`)).status, 401)
        assert.strictEqual((yield* send("GET", `/admin/accounts/${account}`, { headers })).status, 403)
      }
    }))

  it.effect("of two keys in one request none counts, and neither does one in the address or a cookie", () =>
    Effect.gen(function*() {
      const { send } = yield* TestIdentity
      const key = keyText(yield* aKey())
      const asked = [
        send("GET", "/admin/accounts", { headers: { authorization: `Bearer ${key}, Bearer ${key}` } }),
        send("GET", `/admin/accounts?key=${key}`),
        send("GET", "/admin/accounts", { headers: { cookie: `__Host-identity-session=${key}` } }),
        send("GET", "/admin/accounts", { headers: { authorization: `Basic ${key}` } })
      ]
      for (const { status } of yield* Effect.all(asked)) assert.strictEqual(status, 401)
    }))
})
