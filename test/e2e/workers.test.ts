/** A server of several processes while it serves, as its clients and operators see it. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Option, Schema } from "effect"
import * as Http from "node:http"
import { openConnection } from "../support/raw-exchange.ts"
import { emptyDirectory, identity, request, serve, untilReadiness } from "./IdentityProcess.ts"
import {
  ask,
  eventually,
  kill,
  logLines,
  metricsOf,
  migrated,
  person,
  REQUESTS,
  signUp,
  started,
  untilServing,
  untilStarted,
  valueOf,
  workerOf,
  workerPids
} from "./WorkerProcesses.ts"

const NEW_KEY = "k2:9bHnYh4TzKv1n0C2Jv3o5aXqL8mWcRkU7sGfEpDyOtI"

const ASK = "GET /sessions/me HTTP/1.1\r\nHost: identity.test\r\n\r\n"

const whole = { concurrency: "unbounded" } as const

const Token = Schema.fromJsonString(Schema.Struct({ token: Schema.String }))

describe("a server with IDENTITY_WORKERS=2", () => {
  it.live("answers from both processes, and shows one log and the sum of both", () =>
    Effect.gen(function*() {
      const server = yield* serve(yield* migrated)
      yield* untilReadiness(server, 200)
      assert.strictEqual(valueOf(yield* metricsOf(server), "identity_workers_serving"), 2)
      const answers = yield* Effect.replicateEffect(ask(server, "/sessions/me"), 20)
      assert.deepStrictEqual([...new Set(answers.map(({ status }) => status))], [401])
      const workers = yield* Effect.forEach(answers, (answer) => workerOf(server, answer))
      assert.sameMembers([...new Set(workers)], [1, 2])

      const metrics = yield* metricsOf(server)
      assert.strictEqual(valueOf(metrics, REQUESTS), 20)
      const places = Array.from(
        metrics.matchAll(/^process_memory_usage_bytes\{worker="(.*)"\}/gm),
        (match) => match[1]
      )
      assert.sameMembers(places, ["primary", "1", "2"])

      // As service managers do it: to all processes at once.
      for (const pid of [server.child.pid, ...workerPids(server).values()]) yield* kill(pid, "SIGTERM")
      assert.strictEqual((yield* server.ended).exitCode, 0)
      assert.notInclude(server.log(), "is replaced")
    }).pipe(Effect.provide(NodeFileSystem.layer)), 60_000)

  // Node would pass an extra connection back and forth between full workers for ever.
  it.live("[ASVS 13.1.2] closes what is one connection too many for its processes", () =>
    Effect.gen(function*() {
      const server = yield* serve({ ...yield* migrated, IDENTITY_CONNECTIONS_MAX: "2" })
      yield* untilServing(server, 2)
      const { port } = new URL(server.url)
      const open = openConnection(Number(port))
      // Only once both have said that they took theirs does the next go to the one whose turn it is.
      const held = Effect.tap(open, ({ answered, write }) => Effect.andThen(write(ASK), answered))
      const connections = yield* Effect.replicateEffect(held, 4)
      const others = yield* Effect.replicateEffect(Effect.flatMap(open, ({ ended }) => ended), 6)
      assert.deepStrictEqual(others, Array(6).fill(""))
      assert.strictEqual(valueOf(yield* metricsOf(server), "identity_connections_refused_total"), 6)
      const fates = yield* Effect.forEach(connections, ({ ended }) => Effect.timeoutOption(ended, "200 millis"), whole)
      assert.isTrue(fates.every(Option.isNone))
    }).pipe(Effect.provide(NodeFileSystem.layer)), 60_000)

  it.live(
    "replaces a worker that is killed, which fails what it held and no more, and forgets no count",
    () =>
      Effect.gen(function*() {
        const server = yield* started
        const agent = yield* Effect.acquireRelease(
          Effect.sync(() => new Http.Agent({ keepAlive: true, maxSockets: 1 })),
          (agent) => Effect.sync(() => agent.destroy())
        )
        const kept = yield* ask(server, "/sessions/me", { agent })
        yield* Effect.replicateEffect(ask(server, "/sessions/me"), 5)
        const survivor = yield* workerOf(server, kept)
        const [number, pid] = [...workerPids(server)].find(([place]) => place !== survivor) ?? []
        assert.strictEqual(valueOf(yield* metricsOf(server), REQUESTS), 6)

        yield* kill(pid, "SIGKILL")
        let failures = 0
        let checks = 0
        yield* eventually(() => logLines(server).find(({ signal }) => signal === "SIGKILL"))
        while (logLines(server).filter(({ message }) => message === `Worker ${number} serves`).length < 2) {
          assert.strictEqual((yield* ask(server, "/sessions/me", { agent })).status, 401)
          const [fresh, ready] = yield* Effect.all([
            Effect.option(ask(server, "/sessions/me")),
            request(`${server.managementUrl}/readyz`)
          ])
          assert.strictEqual(ready.status, 200)
          failures += fresh._tag === "None" ? 1 : 0
          checks += 2
          assert.isAtLeast(valueOf(yield* metricsOf(server), REQUESTS), 6)
        }
        assert.strictEqual(failures, 0)
        const metrics = yield* metricsOf(server)
        assert.strictEqual(valueOf(metrics, REQUESTS), 6 + checks)
        assert.strictEqual(valueOf(metrics, "identity_workers_replaced_total"), 1)
        const later = yield* Effect.replicateEffect(
          Effect.flatMap(ask(server, "/sessions/me"), (answer) => workerOf(server, answer)),
          6
        )
        assert.sameMembers([...new Set(later)], [1, 2])
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    60_000
  )

  it.live("is not ready while no worker is there", () =>
    Effect.gen(function*() {
      const server = yield* started
      for (const pid of workerPids(server).values()) yield* kill(pid, "SIGKILL")
      yield* untilReadiness(server, 503)
      assert.strictEqual((yield* request(`${server.managementUrl}/livez`)).status, 200)
      yield* untilReadiness(server, 200)
      assert.strictEqual((yield* ask(server, "/sessions/me")).status, 401)
    }).pipe(Effect.provide(NodeFileSystem.layer)), 60_000)

  it.live("closes a connection that was on its way to a worker that died", () =>
    Effect.gen(function*() {
      const server = yield* started
      const pid = workerPids(server).get(1)
      yield* kill(pid, "SIGSTOP")
      const asked = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 4 }), () => Effect.result(ask(server, "/sessions/me")), whole)
      )
      yield* eventually(() => logLines(server).filter(({ status }) => status === 401).length === 3 || undefined)
      yield* kill(pid, "SIGKILL")
      const outcomes = yield* Fiber.join(asked)
      const described = outcomes.map((one) => one._tag === "Success" ? one.success.status : one.failure.code)
      assert.sameMembers(described, [401, 401, 401, "ECONNRESET"])
    }).pipe(Effect.provide(NodeFileSystem.layer)), 60_000)

  it.live(
    "gives a replaced worker the settings of the others, whatever the files say by then",
    () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const { IDENTITY_SIGNING_KEYS: keys, ...variables } = yield* migrated
        const secrets = yield* emptyDirectory
        yield* fs.writeFileString(`${secrets}/IDENTITY_SIGNING_KEYS`, keys)
        const server = yield* serve({ ...variables, IDENTITY_SECRETS_DIR: secrets })
        yield* untilServing(server, 2)
        yield* fs.writeFileString(`${secrets}/IDENTITY_SIGNING_KEYS`, NEW_KEY)
        yield* kill(workerPids(server).get(1), "SIGKILL")
        yield* untilStarted(server, 3)

        assert.strictEqual((yield* signUp(server, 1)).status, 201)
        const tokens = yield* Effect.replicateEffect(
          Effect.flatMap(ask(server, "/sessions", { body: person(1) }), ({ body }) => Schema.decodeEffect(Token)(body)),
          3
        )
        // The primary starts no sessions, and verifies them all the same.
        const introspected = yield* request(`${server.managementUrl}/introspect`, {
          method: "POST",
          body: new URLSearchParams({ token: tokens[0]?.token ?? "" })
        })
        assert.propertyVal(yield* Effect.promise(() => introspected.json()), "active", true)
        // Nor does it hash much, and programs administer accounts there.
        const made = yield* identity(
          ["create-api-key", "--name", "Billing", "--scope", "accounts:read", "--quiet"],
          { ...variables, IDENTITY_SIGNING_KEYS: keys }
        )
        const administered = yield* request(`${server.managementUrl}/admin/accounts`, {
          headers: { authorization: `Bearer ${made.stdout.trim()}` }
        })
        assert.deepInclude(yield* Effect.promise(() => administered.json()), { next: null })
        for (const { token } of tokens) {
          const headers = { authorization: `Bearer ${token}` }
          const answers = yield* Effect.replicateEffect(ask(server, "/sessions/me", { headers }), 3)
          assert.deepStrictEqual(answers.map(({ status }) => status), [200, 200, 200])
        }
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    60_000
  )
})
