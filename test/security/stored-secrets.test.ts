import { assert, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Schema } from "effect"
import { createHash } from "node:crypto"
import { PostgresClient } from "../../src/adapters/postgres/connection/PostgresClient.ts"
import * as PostgresStores from "../../src/adapters/postgres/PostgresStores.ts"
import { SignInLinkPolicy } from "../../src/domain/challenges/SignInLinkPolicy.ts"
import { StoreClock } from "../../src/ports/StoreClock.ts"
import { hastyClient } from "../adapters/postgres/TestClient.ts"
import { adaWithFactors, fromBase32, signInStarted } from "../support/authenticator.ts"
import { secretsIn } from "../support/mailbox.ts"
import { changing } from "../support/stores.ts"
import { ADA, bearer, TestIdentity } from "../support/TestIdentity.ts"
import { cheapHasher, servicesOver } from "../support/TestServices.ts"

// The test's clock, which is not the database's.
const stores = changing(StoreClock, () => ({ read: DateTime.now })).pipe(Layer.provideMerge(PostgresStores.layer))

const onPostgres = TestIdentity.layerOver({}).pipe(
  Layer.provide(servicesOver(cheapHasher, stores)),
  Layer.provide(Layer.succeed(SignInLinkPolicy, "on")),
  Layer.provideMerge(hastyClient)
)

const Texts = Schema.Array(Schema.Struct({ text: Schema.String }))

const texts = Effect.fnUntraced(function*(statement: string) {
  const { run } = yield* PostgresClient
  const { rows } = yield* run("Postgres.execute", (connection) => connection.query(statement))
  return (yield* Schema.decodeUnknownEffect(Texts)(rows)).map(({ text }) => text)
})

/** Every row of every table, as text. */
const dump = Effect.gen(function*() {
  const tables = yield* texts(
    "SELECT table_name::text AS text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
  )
  const rows = yield* Effect.forEach(tables, (table) => texts(`SELECT t::text AS text FROM "${table}" t`))
  return rows.flat().join("\n")
})

/** A secret as it is, and in encodings that a careless program would think hidden. */
const disguises = (secret: string) => [
  secret,
  Buffer.from(secret).toString("base64"),
  Buffer.from(secret).toString("base64url"),
  Buffer.from(secret).toString("hex"),
  createHash("sha256").update(secret).digest("hex"),
  createHash("sha256").update(secret).digest("base64url")
]

const NEW_PASSWORD = "a whole new password"
const WRONG_PASSWORD = "a password of something else"

/** Every operation with a secret, with an idempotency key where possible. Returns the tokens. */
const everything = Effect.gen(function*() {
  const { send } = yield* TestIdentity
  const headers = { "idempotency-key": "key-1" }
  const signIn = { email: ADA.email, password: ADA.password }
  const byToken = { json: signIn, headers }
  const byCookie = { json: { ...signIn, transport: "cookie" }, headers: { "idempotency-key": "key-2" } }
  yield* send("POST", "/accounts", { json: ADA, headers })
  yield* send("POST", "/accounts", { json: ADA, headers })
  const first = yield* send("POST", "/sessions", byToken)
  assert.strictEqual((yield* send("POST", "/sessions", byToken)).text, first.text)
  const cookie = yield* send("POST", "/sessions", byCookie)
  yield* send("POST", "/sessions", {
    json: { ...signIn, password: WRONG_PASSWORD },
    headers: { "idempotency-key": "key-3" }
  })
  const renewed = yield* send("PUT", "/accounts/me/password", {
    json: { current_password: ADA.password, new_password: NEW_PASSWORD },
    headers: bearer(String(first.json["token"]))
  })
  const tokens = [first.json["token"], renewed.json["token"], cookie.headers["set-cookie"]?.split(/[=;]/)[1]].map(
    String
  )
  return { tokens, live: String(renewed.json["id"]) }
})

/** Challenges of all kinds, with what answers them. */
const challenged = Effect.gen(function*() {
  const { send, signIn, signUp } = yield* TestIdentity
  yield* signUp()
  const headers = bearer(yield* signIn())
  const started = [
    ["recovery", yield* send("POST", "/recoveries", { json: { email: ADA.email } })],
    ["sign-in-link", yield* send("POST", "/sign-in-links", { json: { email: ADA.email } })],
    ["sign-up", yield* send("POST", "/sign-ups", { json: { email: "ann@example.com" } })],
    ["email-verification", yield* send("POST", "/accounts/me/email-verification", { headers })]
  ] as const
  return yield* Effect.forEach(
    started,
    ([purpose, { json }]) => Effect.map(secretsIn(purpose, json["id"]), (secrets) => ({ ...secrets, id: json["id"] }))
  )
})

it.effect("[P8] [ASVS 6.5.4] no code and no token of a challenge is in the database, in whatever disguise", () =>
  Effect.gen(function*() {
    const challenges = yield* challenged
    const stored = yield* dump
    for (const { code, id, token } of challenges) {
      assert.include(stored, String(id))
      for (const secret of [code, token, token.split(".").at(-1) ?? ""]) {
        for (const disguise of disguises(secret)) assert.notInclude(stored, disguise)
      }
    }
  }).pipe(Effect.provide(onPostgres)))

it.effect("[P8] [ASVS 6.5.2] no seed and no recovery code is in the database, in whatever disguise", () =>
  Effect.gen(function*() {
    const { codes, factor, secret } = yield* adaWithFactors
    const { id } = yield* signInStarted()
    const stored = yield* dump
    for (const known of [factor, id, "second-factor.started"]) assert.include(stored, known)
    const seed = Buffer.from(fromBase32(secret))
    const encoded = [seed.toString("hex"), seed.toString("base64"), seed.toString("base64url"), seed.toString("latin1")]
    for (const text of [secret, ...encoded]) assert.notInclude(stored, text)
    for (const code of codes.flatMap((text) => [text, text.replaceAll("-", "")])) {
      for (const disguise of disguises(code)) assert.notInclude(stored, disguise)
    }
  }).pipe(Effect.provide(onPostgres)))

it.effect("[ASVS 11.4.2] no password and no token is in the database, in whatever disguise", () =>
  Effect.gen(function*() {
    const { live, tokens } = yield* everything
    const stored = yield* dump
    for (const known of [live, ADA.email, "create-session:key-2", "password.changed"]) assert.include(stored, known)
    const macs = tokens.map((token) => token.split(".").at(-1) ?? "")
    for (const secret of [ADA.password, NEW_PASSWORD, WRONG_PASSWORD, ...tokens, ...macs]) {
      assert.isAbove(secret.length, 16)
      for (const disguise of disguises(secret)) assert.notInclude(stored, disguise)
    }
  }).pipe(Effect.provide(onPostgres)))
