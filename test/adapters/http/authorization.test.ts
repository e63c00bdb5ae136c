/**
 * Authorization: every route for every kind of caller. HTTP has no administrators, so no route serves one account to
 * another.
 */
import { assert, it, layer } from "@effect/vitest"
import { Context, Effect, Layer, Logger, References, Schema } from "effect"
import { readFileSync } from "node:fs"
import { Accounts } from "../../../src/domain/accounts/Accounts.ts"
import { anEmail } from "../../support/builders.ts"
import { memoryStores } from "../../support/stores.ts"
import { ADA, bearer, TestIdentity, transports } from "../../support/TestIdentity.ts"
import type { Sent } from "../../support/TestIdentity.ts"
import { cheapHasher, servicesOver } from "../../support/TestServices.ts"

/** Ada owns the requested thing. The others, except Bob, were signed in as Ada until the named event. */
const callers = ["nobody", "Ada", "Bob", "signed out", "disabled", "deleted", "with the old password"] as const

type Caller = typeof callers[number]

const NEW_PASSWORD = "a whole new password"

/** One for all worlds. Each has people of its own. */
const service = TestIdentity.layerOver({}).pipe(Layer.provideMerge(servicesOver(cheapHasher, memoryStores)))

/** Ada and Bob, a second session of Ada's, and the token of the caller, if it ever had one. */
const world = Effect.fnUntraced(function*(caller: Caller) {
  const identity = yield* TestIdentity
  const accounts = yield* Accounts
  const [person, other] = [{ email: anEmail() }, { email: anEmail(), display_name: "Bob" }]
  yield* identity.signUp(person)
  yield* identity.signUp(other)
  const bob = yield* identity.signIn(other)
  const ada = yield* identity.signIn(person)
  const second = yield* identity.send("POST", "/sessions", { json: { ...person, password: ADA.password } })
  const happened: Record<Caller, Effect.Effect<unknown>> = {
    nobody: Effect.void,
    Ada: Effect.void,
    Bob: Effect.void,
    "signed out": identity.send("DELETE", "/sessions/me", { headers: bearer(ada) }),
    disabled: Effect.orDie(accounts.disable(person.email)),
    deleted: Effect.orDie(accounts.delete(person.email)),
    "with the old password": identity.send("PUT", "/accounts/me/password", {
      json: { current_password: ADA.password, new_password: NEW_PASSWORD },
      headers: bearer(String(second.json["token"]))
    })
  }
  yield* happened[caller]
  const token = caller === "nobody" ? undefined : caller === "Bob" ? bob : ada
  return { identity, token, ada: person.email, second: String(second.json["id"]) }
})

const credentials = { email: "{ada}", password: ADA.password }

/** A challenge that nobody was given. */
const CHALLENGE = "chl_0000000000000000000000000"

/** A factor that nobody has. */
const FACTOR = "fct_0000000000000000000000000"

/** Public: no authentication is required. */
const open = (status: number) => Array<number>(7).fill(status)

/** For live sessions, Ada's and Bob's: each gets their own things. */
const own = (status: number) => [401, status, status, 401, 401, 401, 401]

const table: ReadonlyArray<readonly [method: string, path: string, statuses: ReadonlyArray<number>, sent?: Sent]> = [
  ["POST", "/accounts", open(201), { json: { ...ADA, email: "{new}" } }],
  ["POST", "/sessions", [201, 201, 201, 201, 401, 401, 401], { json: credentials }],
  ["GET", "/accounts/me", own(200)],
  // No session is elevated here.
  ["GET", "/accounts/me/export", own(401)],
  ["PATCH", "/accounts/me", own(200), { json: { display_name: "New" }, headers: { "if-match": "*" } }],
  ["DELETE", "/accounts/me", own(204), { json: { current_password: ADA.password } }],
  ["PUT", "/accounts/me/password", own(200), {
    json: { current_password: ADA.password, new_password: "another new password" }
  }],
  ["GET", "/sessions", own(200)],
  ["DELETE", "/sessions", own(204)],
  ["GET", "/sessions/me", own(200)],
  ["DELETE", "/sessions/me", own(204)],
  ["DELETE", "/sessions/{second}", [401, 204, 404, 401, 401, 401, 401]],
  ["POST", "/sessions/me/elevation", own(200), { json: { current_password: ADA.password } }],
  ["POST", "/sessions/me/elevation-options", own(404)],
  ["POST", "/passkeys/sign-in-options", open(200)],
  ["GET", "/accounts/me/factors", own(200)],
  // No session is elevated. `factors.test.ts` shows what elevated ones may do.
  ["POST", "/accounts/me/factors", own(401), { json: { type: "totp", name: "Phone" } }],
  ["POST", "/accounts/me/factors/{factor}/confirm", own(404), { json: { code: "012345" } }],
  ["PATCH", "/accounts/me/factors/{factor}", own(401), { json: { name: "Phone" } }],
  ["DELETE", "/accounts/me/factors/{factor}", own(401)],
  ["POST", "/sign-ins/{challenge}/factor", open(410), { json: { totp: "012345" } }],
  ["POST", "/sign-in-links", open(404), { json: { email: "{ada}" } }],
  ["POST", "/sign-in-links/{challenge}/answer", open(404), { json: { code: "01234567" } }],
  ["POST", "/accounts/me/email-verification", own(202)],
  ["POST", "/sign-ups", open(202), { json: { email: "{ada}" } }],
  ["POST", "/sign-ups/{challenge}/answer", open(410), {
    json: { code: "01234567", password: ADA.password, display_name: "New" }
  }],
  ["POST", "/recoveries", open(202), { json: { email: "{ada}" } }],
  ["POST", "/recoveries/{challenge}/answer", open(410), { json: { code: "01234567", new_password: NEW_PASSWORD } }],
  ["POST", "/email-verifications/{challenge}/answer", open(410), { json: { code: "01234567" } }],
  ["POST", "/challenges/{challenge}/resend", open(410)],
  ["POST", "/accounts/me/email-change", own(202), {
    json: { email: "{new}", current_password: ADA.password }
  }],
  ["DELETE", "/accounts/me/email-change", own(204)],
  ["POST", "/email-changes/{challenge}/answer", open(410), { json: { code: "01234567" } }],
  ["POST", "/email-changes/{challenge}/reversal", open(410), { json: { token: "any" } }],
  ["GET", "/authorize", own(200)],
  ["POST", "/authorize/orders", own(200)],
  ["GET", "/problems", open(200)],
  ["GET", "/problems/not-found", open(200)],
  ["GET", "/", open(200)],
  ["GET", "/docs", open(200)],
  ["GET", "/openapi.json", open(200)],
  // At the management listener.
  ["POST", "/introspect", open(404)]
]

interface Cell {
  readonly method: string
  readonly path: string
  readonly caller: Caller
  readonly status: number
  readonly sent: Sent
}

const cells = table.flatMap(([method, path, statuses, sent = {}]) =>
  callers.map((caller, index): Cell => ({ method, path, caller, status: statuses[index] ?? 0, sent }))
)

/** These need a world each. What only reads, or is refused, leaves none behind. */
const changesSomething = ({ method, status }: Cell) => method !== "GET" && status < 400

/** The worlds of a caller, who proves their session in one of the ways. */
const worldsOf = Effect.fnUntraced(function*(caller: Caller) {
  return yield* Effect.forEach(
    transports,
    ({ headers }) => Effect.map(world(caller), (parts) => ({ headers, ...parts }))
  )
})

class Worlds extends Context.Service<Worlds, Effect.Success<ReturnType<typeof worldsOf>>>()(
  "identityd/test/adapters/http/authorization/Worlds"
) {
  static readonly layerOf = (caller: Caller) => Layer.fresh(Layer.effect(Worlds, worldsOf(caller)))
}

const judge = Effect.fnUntraced(function*({ method, path, sent, status }: Cell) {
  for (const { ada, headers, identity, second, token } of yield* Worlds) {
    const answer = yield* identity.send(
      method,
      path.replace("{second}", second).replace("{challenge}", CHALLENGE).replace("{factor}", FACTOR),
      {
        ...sent,
        ...(sent.json === undefined ? {} : {
          json: JSON.parse(JSON.stringify(sent.json).replace("{ada}", ada).replace("{new}", anEmail()))
        }),
        headers: { ...sent.headers, ...(token === undefined ? {} : headers(token)) }
      }
    )
    assert.strictEqual(answer.status, status, answer.text)
  }
})

/** What an operation's id is of, as the table says it. */
const idIn = (path: string) =>
  path.startsWith("/sessions/") ? "{second}" : path.startsWith("/accounts/me/factors/") ? "{factor}" : "{challenge}"

const Document = Schema.fromJsonString(Schema.Struct({
  paths: Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Unknown))
}))

layer(service)("[ASVS 8.2.1, 8.2.2, 8.3.1, 8.3.2] every caller", (it) => {
  it.effect.each(cells.filter(changesSomething))(
    "$method $path answers $caller with $status",
    (cell) => Effect.provide(judge(cell), Worlds.layerOf(cell.caller), { local: true })
  )

  for (const caller of callers) {
    it.layer(Worlds.layerOf(caller))((it) => {
      it.effect.each(cells.filter((cell) => cell.caller === caller && !changesSomething(cell)))(
        "$method $path, which changes nothing, answers $caller with $status",
        judge
      )
    })
  }

  it.effect("the table has every operation of the API", () =>
    Effect.gen(function*() {
      const text = readFileSync(new URL("../../../docs/openapi.json", import.meta.url), "utf8")
      const { paths } = yield* Schema.decodeEffect(Document)(text)
      const operations = Object.entries(paths).flatMap(([path, item]) =>
        Object.keys(item).filter((name) => /^(?:get|put|post|patch|delete)$/.test(name)).map((method) =>
          `${method.toUpperCase()} ${path.replace("{id}", idIn(path))}`
        )
      )
      const tabled = table.map(([method, path]) => `${method} ${path}`)
      assert.isAtLeast(operations.length, 11)
      assert.includeMembers(tabled, operations)
    }))
})

it.effect("[ASVS 8.2.2] 1,000 callers at the same time are each told of themselves", () =>
  Effect.gen(function*() {
    const identity = yield* TestIdentity
    const people = Array.from({ length: 20 }, (_, index) => ({ email: `person-${index}@example.com` }))
    const tokens = yield* Effect.forEach(people, (person, index) =>
      Effect.andThen(identity.signUp(person), identity.signIn(person)).pipe(Effect.map((token) => ({ index, token }))))
    const asked = Array.from({ length: 50 }, () =>
      tokens).flat()
    const answers = yield* Effect.forEach(
      asked,
      ({ index, token }) =>
        Effect.map(identity.send("GET", "/accounts/me", { headers: bearer(token) }), ({ json }) => ({ index, json })),
      { concurrency: "unbounded" }
    )
    assert.lengthOf(answers, 1000)
    for (const { index, json } of answers) {
      assert.strictEqual(json["email"], people[index]?.email)
    }
  }).pipe(Effect.provide(TestIdentity.layer)))

it.effect.each(["id", "status", "version", "email_verified", "created_at", "password_hash", "session_epoch", "role"])(
  "[ASVS 8.2.3] the holder can't set %s",
  (member) =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      yield* identity.signUp()
      const headers = bearer(yield* identity.signIn())
      const before = yield* identity.send("GET", "/accounts/me", { headers })
      const answer = yield* identity.send("PATCH", "/accounts/me", {
        json: { display_name: "New", [member]: "active" },
        headers: { ...headers, "if-match": "*" }
      })
      assert.strictEqual(answer.status, 422)
      assert.strictEqual((yield* identity.send("GET", "/accounts/me", { headers })).text, before.text)
    }).pipe(Effect.provide(TestIdentity.layer))
)

it.effect("[ASVS 16.3.2] a refused request is logged with its route and status", () =>
  Effect.gen(function*() {
    const lines: Array<unknown> = []
    const logger = Logger.make(({ fiber }) => {
      lines.push(fiber.getRef(References.CurrentLogAnnotations))
    })
    const { identity, second, token = "" } = yield* world("Bob")
    yield* Effect.andThen(
      identity.send("DELETE", `/sessions/${second}`, { headers: bearer(token) }),
      identity.send("GET", "/accounts/me", { headers: bearer("forged") })
    ).pipe(Effect.provide(Logger.layer([logger])))
    assert.lengthOf(lines, 2)
    assert.deepInclude(lines[0], { method: "DELETE", route: "/sessions/{id}", status: 404 })
    assert.deepInclude(lines[1], { method: "GET", route: "/accounts/me", status: 401 })
  }).pipe(Effect.provide(TestIdentity.layer)))
