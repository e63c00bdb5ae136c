/** Keys that something still needs are not retired by accident, and others are while the service goes on. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { DateTime, Effect, Redacted, Schema } from "effect"
import { totp } from "../../src/adapters/crypto/NodeOneTimeCodes.ts"
import { execute } from "../adapters/postgres/TestClient.ts"
import { fromBase32 } from "../support/authenticator.ts"
import { migratedDatabase } from "./Database.ts"
import { freePorts, identity, request, serve, untilReadiness } from "./IdentityProcess.ts"
import type { Server, Variables } from "./IdentityProcess.ts"

const NEW_KEY = "k2:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"
const OLD_SEAL = "e1:rJ0mIDxZHGm5Wwn1yCMA9mKZVQfGxT4Yk8m1sT3uQ7E"
const NEW_SEAL = "e2:9Qm2c7Xv0sLr5uYbK1pTzGfHd8NwJa3EoViR6MxCqUk"

const CONCURRENT = { concurrency: "unbounded" } as const

/** A challenge for a day, derived from the key k1. */
const CHALLENGE = `
  INSERT INTO challenges (id, purpose, subject, place, email, tries, created_at, expires_at, resend_at, signing_key)
  VALUES ('chl_0000000000000000000000000', 'sign-up', 's', 1, 'ada@example.com', 0, now(), now() + interval '1 day', now(), 'k1')`

/** A server that has to end at once. */
const refused = Effect.fnUntraced(function*(variables: Variables, ...options: ReadonlyArray<string>) {
  const [port, managementPort] = yield* freePorts
  const ended = yield* identity(["serve", ...options], {
    ...variables,
    IDENTITY_PORT: String(port),
    IDENTITY_MANAGEMENT_PORT: String(managementPort)
  })
  assert.strictEqual(ended.exitCode, 2)
  return ended
})

const Json = Schema.Record(Schema.String, Schema.Unknown)
const Asked = Schema.Struct({ sign_in: Schema.Struct({ id: Schema.String }) })

const send = Effect.fnUntraced(function*(server: Server, path: string, status: number, body: object, token = "") {
  const response = yield* request(`${server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body)
  })
  const text = yield* Effect.promise(() => response.text())
  assert.strictEqual(response.status, status, text)
  return yield* Schema.decodeEffect(Schema.fromJsonString(Json))(text)
})

const Refusal = Schema.Struct({
  error: Schema.Struct({
    code: Schema.Literal("invalid-configuration"),
    message: Schema.String,
    problems: Schema.Array(Schema.Struct({ name: Schema.String }))
  })
})

const shownBy = (secret: string, steps: number) =>
  Effect.map(DateTime.now, (now) => totp(fromBase32(secret), Math.floor(DateTime.toEpochMillis(now) / 30_000) + steps))

/** Somebody with an authenticator application, confirmed by the code of the step before this one. */
const somebody = Effect.fnUntraced(function*(server: Server, name: string) {
  const who = { email: `${name}@example.com`, password: "correct horse battery staple" }
  yield* send(server, "/accounts", 201, { ...who, display_name: name })
  const { token: fresh } = yield* send(server, "/sessions", 201, who)
  const elevation = { current_password: who.password }
  const { token } = yield* send(server, "/sessions/me/elevation", 200, elevation, String(fresh))
  const factor = { type: "totp", name: "My phone" }
  const { id, secret } = yield* send(server, "/accounts/me/factors", 201, factor, String(token))
  const confirmation = { code: yield* shownBy(String(secret), -1) }
  yield* send(server, `/accounts/me/factors/${String(id)}/confirm`, 200, confirmation, String(token))
  return { who, secret: String(secret) }
})

const signIn = Effect.fnUntraced(function*(
  server: Server,
  { secret, who }: Effect.Success<ReturnType<typeof somebody>>,
  steps: number
) {
  const asked = yield* Schema.decodeUnknownEffect(Asked)(yield* send(server, "/sessions", 401, who))
  yield* send(server, `/sign-ins/${asked.sign_in.id}/factor`, 201, { totp: yield* shownBy(secret, steps) })
})

it.live(
  "[ASVS 11.1.1] a server doesn't start without a key that is in use, and a key retires while people sign in",
  () =>
    Effect.gen(function*() {
      const { url } = yield* migratedDatabase
      yield* execute({ url }, CHALLENGE)
      const variables = {
        IDENTITY_DATABASE_URL: Redacted.value(url),
        IDENTITY_SIGNING_KEYS: NEW_KEY,
        IDENTITY_ENCRYPTION_KEYS: `${OLD_SEAL},${NEW_SEAL}`,
        IDENTITY_RATE_LIMITS: "off"
      }
      const { stderr } = yield* refused(variables)
      assert.match(stderr, /IDENTITY_SIGNING_KEYS lacks the key k1, which codes and links in mails need \(1 of them/)
      assert.include(stderr, "identity end-challenges")
      const ended = yield* identity(["end-challenges", "--yes", "--json"], variables)
      assert.deepStrictEqual(JSON.parse(ended.stdout), { challenges_ended: 1 })

      const server = yield* serve(variables)
      yield* untilReadiness(server, 200)
      const people = yield* Effect.forEach(["ada", "bea", "cleo"], (name) => somebody(server, name), CONCURRENT)
      const retired = { ...variables, IDENTITY_ENCRYPTION_KEYS: NEW_SEAL }
      const sentence = "IDENTITY_ENCRYPTION_KEYS lacks the key e1, by which secrets in the database are sealed."
      const [inText, inJson] = yield* Effect.all([refused(retired), refused(retired, "--json")], CONCURRENT)
      assert.include(inText.stderr, sentence)
      const lines = inJson.stderr.trimEnd().split("\n")
      const { error } = yield* Schema.decodeEffect(Schema.fromJsonString(Refusal))(lines.at(-1) ?? "")
      assert.include(error.message, sentence)
      assert.deepStrictEqual(error.problems.map(({ name }) => name), ["IDENTITY_ENCRYPTION_KEYS"])

      const rotating = { ...variables, IDENTITY_ENCRYPTION_KEYS: `${NEW_SEAL},${OLD_SEAL}` }
      const [rotated] = yield* Effect.all([
        identity(["rotate-encryption-keys", "--json"], rotating),
        Effect.forEach([0, 1], (steps) => Effect.forEach(people.slice(1), (person) => signIn(server, person, steps)))
      ], CONCURRENT)
      assert.deepStrictEqual(JSON.parse(rotated.stdout), { secrets_resealed: 3, secrets_unreadable: 0 })
      const successor = yield* serve(retired)
      yield* untilReadiness(successor, 200)
      yield* Effect.forEach(people.slice(0, 1), (person) => signIn(successor, person, 0))
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
  60_000
)
