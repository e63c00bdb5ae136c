import { assert, layer } from "@effect/vitest"
import { Context, Duration, Effect, Layer, Redacted, References, Schedule } from "effect"
import type { PublicAddress } from "../../../src/adapters/http/listener/HttpServer.ts"
import * as PostgresClient from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import { SchemaMigrator } from "../../../src/ports/SchemaMigrator.ts"
import * as FaultyProxy from "../../support/FaultyProxy.ts"
import * as PostgresNode from "../../support/PostgresNode.ts"
import { ADA } from "../../support/TestIdentity.ts"
import { DisposableServer } from "./DisposableServer.ts"

type Node = Context.Context<PublicAddress>

const poolMax = 10

const timeout = Duration.seconds(2)

const send = (node: Node, method: string, path: string, asked: PostgresNode.Asked = {}) =>
  Effect.map(
    Effect.timed(PostgresNode.send(node, method, path, asked)),
    ([duration, { body, status }]) => ({
      what: `${method} ${path}`,
      seconds: Duration.toSeconds(duration),
      status,
      body
    })
  )

const check = (node: Node, { token }: Person) => send(node, "GET", "/sessions/me", { token })

interface Person {
  readonly email: string
  readonly token: string
}

const { password } = ADA

const signUp = Effect.fnUntraced(function*(node: Node, email: string) {
  yield* send(node, "POST", "/accounts", { json: { ...ADA, email } })
  const { body } = yield* send(node, "POST", "/sessions", { json: { email, password } })
  return { email, token: String(body["token"]) }
})

/** A request of each kind, those with the most round trips among them. */
const requests = (node: Node, [ada, bob, cyd]: readonly [Person, Person, Person]) => {
  // All nodes share a database, where a key belongs to one request.
  const headers = { "idempotency-key": `key-of-${ada.email.replace(/@.*/, "")}` }
  return [
    check(node, ada),
    list(node, ada),
    send(node, "PUT", "/accounts/me/password", {
      token: bob.token,
      json: { current_password: password, new_password: "an altogether different phrase" }
    }),
    send(node, "PATCH", "/accounts/me", {
      token: cyd.token,
      headers: { "if-match": "*" },
      json: { email: `new-${cyd.email}`, current_password: password }
    }),
    send(node, "POST", "/sessions", { json: { email: ada.email, password }, headers }),
    send(node, "POST", "/accounts", { json: { ...ADA, email: `dan-${ada.email}` }, headers })
  ]
}

const list = (node: Node, { token }: Person) => send(node, "GET", "/sessions", { token })

const faults: ReadonlyArray<FaultyProxy.Fault> = [
  { kind: "slow", milliseconds: 900 },
  { kind: "slow", milliseconds: 1_200 },
  { kind: "slow", milliseconds: 1_700 },
  { kind: "stalling" },
  { kind: "resetting" },
  { kind: "half-open" }
]

/**
 * A node behind a network that goes wrong and recovers. Answers what was asked meanwhile, and what was asked
 * afterwards.
 */
const suffer = Effect.fnUntraced(function*(fault: FaultyProxy.Fault, index: number) {
  const { database, port } = yield* DisposableServer
  const proxy = yield* FaultyProxy.make(port)
  const url = Redacted.make(`postgres://identity@127.0.0.1:${proxy.port}/${database}`)
  const node = yield* Layer.build(
    PostgresNode.layer(PostgresClient.layer({ target: { url }, poolMax, timeout }), {
      storeDeadline: Duration.times(timeout, 2)
    })
  )
  yield* Context.get(node, SchemaMigrator).migrate
  const people = yield* Effect.all([
    signUp(node, `ada${index}@example.com`),
    signUp(node, `bob${index}@example.com`),
    signUp(node, `cyd${index}@example.com`)
  ])
  const [ada] = people
  // So many connections are open and idle.
  const { read } = Context.get(node, PostgresClient.PostgresClient)
  const idle = read("Postgres.sleep", (connection) => connection.query("SELECT pg_sleep(0.2)"))
  yield* Effect.replicateEffect(idle, poolMax, { concurrency: "unbounded" })
  yield* proxy.begin(fault)
  const during = yield* Effect.all(requests(node, people), { concurrency: "unbounded" })
  yield* proxy.end
  const [recovery] = yield* Effect.timed(
    Effect.repeat(list(node, ada), { until: ({ status }) => status === 200, schedule: Schedule.spaced("20 millis") })
  )
  const after = yield* Effect.replicateEffect(list(node, ada), 2 * poolMax)
  return { fault, during, after, recovery: Duration.toSeconds(recovery) }
})

layer(DisposableServer.layer, { excludeTestServices: true })("a network that goes wrong", (it) => {
  it.effect(
    "[F6] leaves no request without an answer for five seconds, and nothing is left of it three seconds later",
    () =>
      Effect.gen(function*() {
        const outcomes = yield* Effect.forEach(faults, suffer, { concurrency: "unbounded" })
        for (const { after, during, fault, recovery } of outcomes) {
          const told = JSON.stringify({
            fault,
            during: during.map(({ seconds, status, what }) => [what, status, seconds]),
            recovery
          })
          assert.isTrue(during.every(({ seconds }) => seconds < 5), told)
          assert.isTrue(during.every(({ status }) => status < 300 || status === 503), told)
          assert.isBelow(recovery, 3, told)
          assert.isTrue(after.every(({ status }) => status === 200), told)
        }
      }).pipe(Effect.provideService(References.MinimumLogLevel, "Error")),
    60_000
  )
})
