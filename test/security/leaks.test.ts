/**
 * A server in its own process logs at the finest level and exports traces and metrics. It gets a secret in every part
 * of a request, and gives every kind of answer. Then everything it left behind is searched.
 */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { SESSION_COOKIE } from "../../src/adapters/http/api/Authentication.ts"
import { DEVICE_COOKIE } from "../../src/adapters/http/api/Devices.ts"
import { mailServer } from "../adapters/mail/TestMailServer.ts"
import { execute } from "../adapters/postgres/TestClient.ts"
import { reachableDatabase } from "../e2e/Database.ts"
import { identity, serve, untilReadiness } from "../e2e/IdentityProcess.ts"
import type { Server } from "../e2e/IdentityProcess.ts"
import { sendingTo } from "../e2e/SendingTo.ts"
import * as OtlpCollector from "../platform/observability/OtlpCollector.ts"
import { exchange } from "../support/raw-exchange.ts"
import { Canaries } from "./Canaries.ts"
import { answerEveryChallenge } from "./ChallengeConversation.ts"
import { commandLines } from "./CommandLines.ts"
import { ask, withApiKey } from "./Conversation.ts"
import type { Case } from "./Conversation.ts"

const canaries = new Canaries()

const KEY = canaries.keep("signing key", "b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU")
const PEPPER = canaries.keep("pepper", "Zk3QvC81xWnUe0sYhL5rTgAo2mJdPfBi79-EqXt6NcM")
const EXPORTER = canaries.keep("exporter's token", "canary-exporter-5e0b7a12")
const EMAIL = canaries.keep("email", "canary-mail-91c3@example.com")
const NAME = canaries.keep("name", "Canary Name 4d2e")
const PASSWORD = canaries.keep("password", "canary password 77ab3c")
const NEW_PASSWORD = canaries.keep("new password", "canary password 18fd90")
const WRONG_PASSWORD = canaries.keep("wrong password", "canary password e5c24b")
const VALUE = canaries.keep("value out of place", "canary-value-3b9d61f0")
const USER_AGENT = canaries.keep("user agent", "canary-agent/6f21")
const FORGED = canaries.keep(
  "forged token",
  `k1.${"canary0".repeat(4).slice(0, 25)}.${"Canary9_".repeat(6).slice(0, 43)}`
)

const MY_OWN = ["email", "name"]

/** Headers that these requests don't need, or that the server doesn't use. */
const noise = {
  "user-agent": USER_AGENT,
  referer: `https://app.example/reset?token=${VALUE}`,
  origin: `https://${VALUE}.example`,
  forwarded: `for=${VALUE}`,
  "x-forwarded-for": VALUE,
  "x-api-key": VALUE,
  "accept-language": VALUE,
  cookie: `theme=${VALUE}`
}

const secretOf = (token: string) => token.split(".").at(-1) ?? ""

const json = { "content-type": "application/json" }
const signIn = { email: EMAIL, password: PASSWORD }
const person = { ...signIn, display_name: NAME }
const key = { "idempotency-key": "key-1" }

const beforeSignIn: ReadonlyArray<Case> = [
  [201, "POST", "/accounts", { json: person, headers: key }, MY_OWN],
  [409, "POST", "/accounts", { json: person }],
  [422, "POST", "/accounts", { json: { ...person, display_name: VALUE }, headers: key }],
  [400, "POST", "/accounts", { body: `{"email":"${VALUE}","password":"${PASSWORD}`, headers: json }],
  [400, "POST", "/accounts", { body: `{"password":"${PASSWORD}","password":"${VALUE}"}`, headers: json }],
  [422, "POST", "/accounts", { json: { email: VALUE, password: { a: PASSWORD }, display_name: [VALUE], role: VALUE } }],
  [422, "POST", "/accounts", { json: { ...person, email: `x@${VALUE}`, display_name: `${VALUE}\u0000` } }],
  [415, "POST", "/accounts", { body: `password=${PASSWORD}`, headers: { "content-type": `text/${VALUE}` } }],
  [413, "POST", "/accounts", { json: { ...person, display_name: `${VALUE}${"a".repeat(64 * 1024)}` } }],
  [401, "POST", `/sessions?password=${encodeURIComponent(PASSWORD)}`, {
    json: { ...signIn, password: WRONG_PASSWORD }
  }],
  [401, "POST", "/sessions", { json: { ...signIn, password: NEW_PASSWORD }, headers: key }],
  [422, "POST", "/sessions", { json: { ...signIn, transport: VALUE } }],
  [403, "POST", "/sessions", { json: { ...signIn, transport: "cookie" } }],
  [404, "GET", `/reset/${VALUE}?token=${FORGED}`],
  [404, "GET", `/sessions/%2e%2e/${VALUE}`],
  [405, "PUT", `/sessions/${VALUE}`, { json: { token: FORGED } }],
  [401, "GET", `/sessions/me?access_token=${FORGED}`, { headers: { authorization: `Bearer ${FORGED}` } }],
  [401, "GET", "/accounts/me", { headers: { authorization: `Basic ${btoa(`${EMAIL}:${PASSWORD}`)}` } }],
  [401, "GET", "/accounts/me", {
    headers: { authorization: `Bearer ${FORGED}`, cookie: `${SESSION_COOKIE}=${VALUE}` }
  }],
  [400, "GET", "/accounts/me", { headers: { authorization: `Bearer ${FORGED}, Bearer ${VALUE}` } }]
]

const withSession = (token: string): ReadonlyArray<Case> => {
  const headers = { authorization: `Bearer ${token}` }
  return [
    [200, "GET", "/accounts/me", { headers }, MY_OWN],
    [200, "GET", `/sessions?limit=5`, { headers }, [...MY_OWN, "user agent"]],
    [422, "GET", `/sessions?limit=${VALUE}&after=${FORGED}`, { headers }],
    [404, "DELETE", `/sessions/${VALUE}`, { headers }],
    [428, "PATCH", "/accounts/me", { headers, json: { display_name: VALUE } }],
    [412, "PATCH", "/accounts/me", {
      headers: { ...headers, "if-match": `"${VALUE}"` },
      json: { display_name: VALUE }
    }],
    [401, "PATCH", "/accounts/me", {
      headers: { ...headers, "if-match": "*" },
      json: { email: "other@example.com", current_password: WRONG_PASSWORD }
    }],
    [422, "PUT", "/accounts/me/password", { headers, json: { current_password: PASSWORD, new_password: EMAIL } }],
    [401, "PUT", "/accounts/me/password", {
      headers,
      json: { current_password: WRONG_PASSWORD, new_password: NEW_PASSWORD }
    }],
    [401, "DELETE", "/accounts/me", { headers, json: { current_password: WRONG_PASSWORD } }]
  ]
}

const whileAway = (token: string): ReadonlyArray<Case> => [
  [503, "POST", "/sessions", { json: signIn }],
  [503, "POST", "/accounts", { json: { ...person, email: `x${EMAIL}` } }],
  [503, "GET", "/accounts/me", { headers: { authorization: `Bearer ${token}` } }]
]

const converse = (url: string, cases: ReadonlyArray<Case>) =>
  Effect.forEach(cases, ([status, method, path, asked = {}, own = []]) =>
    Effect.gen(function*() {
      const reply = yield* ask(`${url}${path}`, method, { ...asked, headers: { ...noise, ...asked.headers } })
      assert.strictEqual(reply.status, status, `${method} ${path.slice(0, 20)}`)
      assert.deepStrictEqual(canaries.foundIn(reply.text, own), [], reply.text)
    }), { discard: true })

const atManagement: ReadonlyArray<Case> = [
  [404, "GET", `/${VALUE}?token=${FORGED}`],
  [405, "POST", `/metrics?${VALUE}`]
]

/** What no client would send. */
const rawRequests = [
  `GET /${VALUE} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nhost: ${VALUE}\r\n\r\n`,
  `TRACE /${VALUE} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncookie: ${SESSION_COOKIE}=${FORGED}\r\n\r\n`,
  `${VALUE} / HTTP/1.1\r\nhost: a\r\n\r\n`,
  `GET /sessions/me HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-long: ${VALUE.repeat(900)}\r\n\r\n`,
  `POST /sessions HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n${VALUE}\r\n\r\n`
]

/** Presents a device's secret in both ways, to a sign-in that fails and to one that is no request. */
const presentDevice = Effect.fnUntraced(function*(url: string, device: string) {
  for (const headers of [{ "identity-device": device }, { cookie: `${DEVICE_COOKIE}=${device}` }]) {
    const refused = yield* ask(`${url}/sessions`, "POST", { json: { ...signIn, password: WRONG_PASSWORD }, headers })
    const rejected = yield* ask(`${url}/sessions`, "POST", { json: { ...signIn, transport: VALUE }, headers })
    assert.deepStrictEqual([refused.status, rejected.status], [401, 422])
    assert.deepStrictEqual(canaries.foundIn(refused.text + rejected.text), [])
  }
})

/**
 * Signs in and renews the password; answers the token in use. Tokens are kept as canaries once they were handed out.
 */
const session = Effect.fnUntraced(function*(url: string) {
  const enter = Effect.fnUntraced(function*(name: string, transport: string) {
    const reply = yield* ask(`${url}/sessions`, "POST", {
      json: { ...signIn, transport },
      headers: { "user-agent": USER_AGENT }
    })
    assert.strictEqual(reply.status, 201)
    assert.deepStrictEqual(canaries.foundIn(reply.text, [...MY_OWN, "user agent"]), [])
    const token = reply.text.split(`${SESSION_COOKIE}=`)[1]?.split(";")[0] ?? reply.token
    const device = reply.text.split(`${DEVICE_COOKIE}=`)[1]?.split(";")[0] ?? reply.device
    assert.notStrictEqual(device, "")
    canaries.keep(name, secretOf(token))
    canaries.keep(`device by ${name}`, secretOf(device))
    yield* presentDevice(url, device)
    return token
  })
  yield* enter("cookie", "cookie")
  return yield* enter("token", "token")
})

/** Has a key made, and sends it to both listeners. */
const useApiKey = Effect.fnUntraced(function*({ managementUrl, url }: Server, variables: Record<string, string>) {
  const made = yield* identity(["create-api-key", "--name", "A", "--scope", "accounts:read", "--quiet"], variables)
  const apiKey = made.stdout.trim()
  canaries.keep("API key", apiKey.slice("idk_".length + 26))
  yield* converse(managementUrl, withApiKey(apiKey, MY_OWN))
  yield* converse(url, [[401, "GET", "/sessions/me", { headers: { authorization: `Bearer ${apiKey}` } }]])
})

const Texts = Schema.Array(Schema.Struct({ text: Schema.String }))

/** Every row of every table as text, by table. */
const dump = Effect.fnUntraced(function*(url: Redacted.Redacted<string>) {
  const texts = Effect.fnUntraced(function*(statement: string) {
    const { rows } = yield* execute({ url }, statement)
    return (yield* Schema.decodeUnknownEffect(Texts)(rows)).map(({ text }) => text)
  })
  const tables = yield* texts("SELECT tablename::text AS text FROM pg_tables WHERE schemaname = 'public'")
  return yield* Effect.forEach(
    tables,
    (table) =>
      Effect.map(texts(`SELECT t::text AS text FROM "${table}" t`), (rows) => [table, rows.join("\n")] as const)
  )
})

/** Where somebody's own data belongs. */
const ALLOWED: Readonly<Record<string, ReadonlyArray<string>>> = {
  accounts: MY_OWN,
  account_emails: MY_OWN,
  sessions: ["user agent"],
  mails: [...MY_OWN, "user agent"]
}

it.live(
  "[P8] no secret shows in any answer, log line, span, metric, process argument or row",
  () =>
    Effect.gen(function*() {
      const collector = yield* OtlpCollector.start
      const mails = yield* mailServer()
      const database = yield* reachableDatabase
      const variables = {
        IDENTITY_DATABASE_URL: Redacted.value(database.url),
        IDENTITY_SIGNING_KEYS: `k1:${KEY}`,
        IDENTITY_PASSWORD_PEPPERS: `p1:${PEPPER}`,
        IDENTITY_LOG_LEVEL: "trace",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${EXPORTER}`,
        OTEL_METRIC_EXPORT_INTERVAL: "500",
        ...(yield* sendingTo(mails))
      }
      const migrated = yield* identity(["migrate"], variables)
      const server = yield* serve(variables)
      yield* untilReadiness(server, 200)

      yield* converse(server.url, beforeSignIn)
      const token = yield* session(server.url)
      yield* converse(server.url, withSession(token))
      for (const bytes of rawRequests) {
        assert.deepStrictEqual(canaries.foundIn(yield* exchange(Number(new URL(server.url).port), bytes)), [])
      }
      yield* answerEveryChallenge({ url: server.url, mails, canaries })
      yield* database.close
      yield* converse(server.url, whileAway(token))
      yield* database.open
      yield* untilReadiness(server, 200)
      yield* converse(server.managementUrl, atManagement)
      yield* useApiKey(server, variables)
      const renewed = yield* ask(`${server.url}/accounts/me/password`, "PUT", {
        json: { current_password: PASSWORD, new_password: NEW_PASSWORD },
        headers: { ...noise, authorization: `Bearer ${token}` }
      })
      assert.deepStrictEqual(canaries.foundIn(renewed.text, [...MY_OWN, "user agent"]), [])
      canaries.keep("renewed token", secretOf(renewed.token))
      canaries.keep("renewed device", secretOf(renewed.device))

      const metrics = yield* ask(`${server.managementUrl}/metrics`, "GET")
      const { pid } = server.child
      const commands = pid !== undefined && process.platform === "linux" ? commandLines(pid).join("\n") : ""
      const tables = yield* dump(database.url)
      server.child.kill("SIGTERM")
      const { stderr, stdout } = yield* server.ended
      const exported = collector.received.map(({ path, text }) => `${path}\n${text}`).join("\n")

      const searched = {
        migrated: migrated.stdout + migrated.stderr,
        metrics: metrics.text,
        commands,
        stderr,
        stdout,
        exported
      }
      for (const [place, text] of Object.entries(searched)) assert.deepStrictEqual(canaries.foundIn(text), [], place)
      for (const [table, text] of tables) assert.deepStrictEqual(canaries.foundIn(text, ALLOWED[table]), [], table)

      // The search works, and everything was searched.
      assert.strictEqual(canaries.count, 27)
      for (const status of [201, 400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 503]) {
        assert.include(stderr, ` ${status}"`)
      }
      for (const part of ["/v1/traces", "/v1/metrics", "POST /sessions", "Sessions.signIn"]) {
        assert.include(exported, part)
      }
      assert.include(metrics.text, "identity_sign_ins_total")
      if (process.platform === "linux") {
        assert.include(commands, "identity.js\0serve")
      }
      const rows = Object.fromEntries(tables)
      assert.deepStrictEqual(canaries.foundIn(rows["accounts"] ?? ""), MY_OWN)
      assert.include(rows["audit_log"] ?? "", "sign-in.refused")
    }).pipe(Effect.provide(NodeFileSystem.layer)),
  60_000
)
