/**
 * Two servers on one database, one of them on a machine whose clock is wrong and jumps. The database's clock decides
 * about what they share, so both give the same answers.
 */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schedule, Schema } from "effect"
import * as HmacTokenSigner from "../../src/adapters/crypto/HmacTokenSigner.ts"
import { KeyRing } from "../../src/adapters/crypto/KeyRing.ts"
import { PostgresClient } from "../../src/adapters/postgres/connection/PostgresClient.ts"
import { SessionId } from "../../src/domain/model/Session.ts"
import { TokenSigner } from "../../src/ports/TokenSigner.ts"
import { clientOf } from "../adapters/postgres/TestClient.ts"
import { migratedDatabase } from "./Database.ts"
import { identity, post, request, serve, untilLogged, untilReadiness } from "./IdentityProcess.ts"
import type { Server, Variables } from "./IdentityProcess.ts"
import { metricsOf, valueOf } from "./WorkerProcesses.ts"
import { hasFaketime, wrongClock } from "./WrongClock.ts"
import type { Offset } from "./WrongClock.ts"

const KEY = "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"

const ada = { email: "ada@example.com", password: "a well kept secret" }

const offsets = [
  ["+1h", "1h ahead of"],
  ["-1h", "1h behind"],
  ["+1y", "365d ahead of"],
  ["-1y", "365d behind"],
  ["+8d", "8d ahead of"]
] as const

const DAY_MILLIS = 86_400_000

/** Of each kind. */
const COUNT = 500

/** How many of them a server checks with each offset. */
const SHARE = COUNT / offsets.length

const together = { concurrency: 20 } as const

const Json = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))

const bodyOf = (response: Response) => Effect.flatMap(Effect.promise(() => response.text()), Schema.decodeEffect(Json))

const signUp = (server: Server, name: string) =>
  request(`${server.url}/accounts`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": name },
    body: JSON.stringify({ email: `${name}@example.com`, password: ada.password, display_name: "Ada" })
  })

/** Guesses until a refusal, and returns how long that lasts. */
const guess = (server: Server) =>
  post(`${server.url}/sessions`, { ...ada, password: "a wrong guess" }).pipe(
    Effect.repeat({ until: ({ status }) => status === 429, times: 100 }),
    Effect.map(({ headers }) => Number(headers.get("retry-after")))
  )

const check = (server: Server, token: string) =>
  Effect.map(
    request(`${server.url}/sessions/me`, { headers: { authorization: `Bearer ${token}` } }),
    ({ status }) => status
  )

/** How many of these tokens a server answers with each status. */
const checks = (server: Server, tokens: ReadonlyArray<string>) =>
  Effect.map(
    Effect.forEach(tokens, (token) => check(server, token), together),
    (statuses) => Object.fromEntries(statuses.map((status) => [status, statuses.filter((it) => it === status).length]))
  )

const offsetIs = (server: Server, seconds: number) =>
  metricsOf(server).pipe(
    Effect.map((metrics) => valueOf(metrics, "identity_clock_offset_seconds")),
    Effect.filterOrFail((offset) => Math.abs(offset - seconds) < 2, (offset) => `${offset} is not ${seconds} seconds`)
  )

const untilOff = (server: Server, words: string) =>
  request(`${server.managementUrl}/readyz`).pipe(
    Effect.flatMap((response) => Effect.promise(() => response.text())),
    Effect.filterOrFail((text) => text.includes(`clock is ${words}`) && !text.includes("server is starting")),
    Effect.retry(Schedule.spaced("50 millis")),
    Effect.timeoutOrElse({
      duration: "30 seconds",
      orElse: () => Effect.die(`${words} was not noticed:\n${server.log()}`)
    })
  )

const execute = Effect.fnUntraced(function*(statement: string) {
  const { run } = yield* PostgresClient
  return (yield* run("Postgres.execute", (connection) => connection.query(statement))).rows
})

/** Copies of some row of a table, whose keys end in a number from this one on. */
const copies = (table: string, key: string, prefix: string, first = 1) =>
  execute(
    `INSERT INTO ${table}
    SELECT (jsonb_populate_record(
      NULL::${table}, to_jsonb(row) || jsonb_build_object('${key}', '${prefix}' || lpad(n::text, 25, '0'))
    )).*
    FROM (SELECT * FROM ${table} LIMIT 1) row, generate_series(${first}, ${first + COUNT - 1}) n RETURNING ${key}`
  )

const tokensOf = Effect.fnUntraced(function*(rows: ReadonlyArray<Readonly<Record<string, unknown>>>) {
  const signer = yield* TokenSigner
  return yield* Effect.forEach(
    rows,
    ({ id }) => Effect.map(signer.signSession(SessionId.make(String(id))), Redacted.value)
  )
})

/** Many of each kind like those that are there; answers tokens of live sessions, and of some that are over. */
const population = Effect.gen(function*() {
  const expired = yield* copies("sessions", "id", "ses_")
  yield* execute(`UPDATE sessions SET expires_at = now() - interval '1 minute' WHERE id LIKE 'ses_00000%'`)
  const live = yield* copies("sessions", "id", "ses_", 1_000_000)
  yield* copies("idempotency_keys", "key", "copy-")
  yield* copies("attempt_budgets", "key", "copy-")
  yield* execute(`INSERT INTO leases (name, holder, held_until)
    SELECT 'lease ' || n, 'another node', now() + interval '1 minute' FROM generate_series(1, ${COUNT}) n`)
  return { expired: yield* tokensOf(expired), live: yield* tokensOf(live) }
})

/** What is stored of each kind. */
const stored = execute(`SELECT
  (SELECT count(*)::int FROM sessions) AS sessions,
  (SELECT count(*)::int FROM idempotency_keys) AS keys,
  (SELECT count(*)::int FROM attempt_budgets) AS budgets,
  (SELECT count(*)::int FROM leases WHERE holder = 'another node') AS leases`)

/** Records with an instant or an id that isn't from now. */
const elsewhere = execute(`SELECT id FROM audit_log
  WHERE occurred_at NOT BETWEEN now() - interval '5 minutes' AND now() + interval '5 seconds'
  UNION ALL SELECT id FROM accounts
  WHERE created_at NOT BETWEEN now() - interval '5 minutes' AND now() + interval '5 seconds'
  UNION ALL SELECT max(id) FROM accounts
  HAVING max(id) <> (SELECT id FROM accounts ORDER BY created_at DESC LIMIT 1)`)

const clockWarnings = (server: Server) =>
  server.log().split("\n").filter((line) => line.includes("\"message\":\"The clock of this machine")).length

describe.skipIf(!hasFaketime)("beside a server whose clock is wrong", () => {
  it.live("[P14] [F8] nothing ends, lives on, waits or goes that would not without it", () =>
    Effect.gen(function*() {
      const variables = {
        IDENTITY_DATABASE_URL: Redacted.value((yield* migratedDatabase).url),
        IDENTITY_SIGNING_KEYS: KEY
      }
      const right = yield* serve(variables)
      yield* untilReadiness(right, 200)
      const keys = yield* Schema.decodeEffect(KeyRing)(KEY)
      const database = clientOf({ url: Redacted.make(variables.IDENTITY_DATABASE_URL) })
      yield* Effect.provide(judge(right, variables), [HmacTokenSigner.layer(keys), database])
    }).pipe(Effect.provide(NodeFileSystem.layer)), 120_000)
})

const judge = Effect.fnUntraced(function*(right: Server, variables: Variables) {
  yield* signUp(right, "ada")
  const { token } = yield* Effect.flatMap(post(`${right.url}/sessions`, ada), bodyOf)
  const retryAfter = yield* guess(right)
  const { expired, live } = yield* population
  const [before] = yield* stored

  const clock = yield* wrongClock("+8d")
  const deceived = { ...variables, ...clock.variables }
  const wrongs = yield* Effect.all([serve(deceived), serve({ ...deceived, IDENTITY_WORKERS: "2" })])
  const judgeAt = Effect.fnUntraced(function*(wrong: Server, offset: Offset, words: string, share: number) {
    yield* untilOff(wrong, words)
    const own = <A>(all: ReadonlyArray<A>) => all.slice(share * SHARE, (share + 1) * SHARE)
    assert.deepStrictEqual(yield* checks(wrong, [String(token), ...own(live)]), { 200: 1 + SHARE }, offset)
    assert.deepStrictEqual(yield* checks(wrong, own(expired)), { 401: SHARE }, offset)
    assert.isAtMost(yield* guess(wrong), retryAfter, offset)

    const name = `ada.${words.replaceAll(" ", ".")}.${new URL(wrong.url).port}`
    const here = yield* Effect.flatMap(signUp(right, `${name}.here`), bodyOf)
    assert.strictEqual((yield* Effect.flatMap(signUp(wrong, `${name}.here`), bodyOf))["id"], here["id"])
    const there = yield* Effect.flatMap(signUp(wrong, `${name}.there`), bodyOf)
    assert.strictEqual((yield* Effect.flatMap(signUp(right, `${name}.there`), bodyOf))["id"], there["id"])
    const begun = yield* Effect.flatMap(
      post(`${wrong.url}/sessions`, { ...ada, email: `${name}.there@example.com` }),
      bodyOf
    )
    assert.strictEqual(yield* check(right, String(begun["token"])), 200, offset)
  })
  for (const [number, [offset, words]] of offsets.entries()) {
    yield* clock.set(offset)
    yield* Effect.forEach(wrongs, (wrong) => judgeAt(wrong, offset, words, number), { concurrency: 2 })
  }
  assert.deepStrictEqual(yield* checks(right, live), { 200: COUNT })
  assert.deepStrictEqual(yield* checks(right, expired), { 401: COUNT })
  for (const wrong of wrongs) {
    assert.strictEqual(clockWarnings(wrong), 1)
    assert.include(wrong.log(), "can't be deleted now")
    // The metric follows once a second.
    yield* Effect.retry(offsetIs(wrong, -8 * 86_400), Schedule.spaced("50 millis")).pipe(Effect.timeout("15 seconds"))
  }

  yield* commands(deceived, clock.set)
  assert.deepStrictEqual(yield* elsewhere, [])
  const [after] = yield* stored
  for (const [kind, count] of Object.entries(before ?? {})) {
    assert.isAtLeast(Number(count), COUNT, kind)
    assert.isAtLeast(Number(after?.[kind]), Number(count), kind)
  }

  yield* clock.set("+0h")
  for (const wrong of wrongs) {
    yield* untilReadiness(wrong, 200)
    yield* untilLogged(wrong, "agrees with the database's again")
  }
})

/** Harm that the command line of such a machine could do. */
const commands = Effect.fnUntraced(function*(variables: Variables, set: (offset: Offset) => Effect.Effect<void>) {
  for (const offset of ["-1y", "+40d"] as const) {
    yield* set(offset)
    const pruned = yield* identity(["prune"], variables)
    assert.deepStrictEqual([pruned.exitCode, pruned.stdout], [3, ""], pruned.stderr)
    assert.include(pruned.stderr, "Nothing was done")
  }
  const created = yield* identity(
    ["create-account", "--email", "grace@example.com", "--display-name", "Grace", "--password-stdin"],
    variables,
    ada.password
  )
  assert.strictEqual(created.exitCode, 0, created.stderr)
  assert.include(created.stderr, "40d ahead of")
  const revoked = yield* identity(
    [
      "revoke-sessions",
      "--all-accounts",
      "--created-before",
      new Date(Date.now() + 40 * DAY_MILLIS).toISOString(),
      "--yes"
    ],
    variables
  )
  assert.deepStrictEqual([revoked.exitCode, revoked.stdout], [3, ""], revoked.stderr)
})
