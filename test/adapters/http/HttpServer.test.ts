import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Exit, Fiber, Layer, Schedule, Scope } from "effect"
import { Agent, request } from "node:http"
import { createServer } from "node:net"
import { PublicAddress } from "../../../src/adapters/http/listener/HttpServer.ts"
import { ListenerState } from "../../../src/adapters/http/listener/ListenerState.ts"
import * as GatedHasher from "../../support/GatedHasher.ts"
import { exchange, openConnection, parseAnswer } from "../../support/raw-exchange.ts"
import { bothListening, healthyStore, listening, publicListener } from "../../support/RunningServer.ts"
import type { Services } from "../../support/RunningServer.ts"
import { ADA } from "../../support/TestIdentity.ts"
import * as TestServices from "../../support/TestServices.ts"

const post = (port: number, path: string, body: unknown) =>
  Effect.promise(() =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body)
    })
  )

const get = (port: number, path: string) => Effect.promise(() => fetch(`http://127.0.0.1:${port}${path}`))

const signIn = (port: number) => post(port, "/sessions", { email: ADA.email, password: ADA.password })

const signInFailing = (port: number) =>
  Effect.tryPromise(() =>
    fetch(`http://127.0.0.1:${port}/sessions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: ADA.email, password: ADA.password })
    })
  )

/** Sends requests on one connection until an answer says that it is the last, and returns their number. */
const keepAsking = (port: number, onAnswer: () => void) =>
  Effect.callback<number, Error>((resume) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = (count: number) =>
      request({ host: "127.0.0.1", port, path: "/sessions/me", agent }, (answer) => {
        answer.resume().on("end", () => {
          onAnswer()
          if (answer.headers.connection === "close") resume(Effect.succeed(count))
          else ask(count + 1)
        })
      }).on("error", (error) => resume(Effect.fail(error))).end()
    ask(1)
  })

const freePort = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

const isRefused = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ECONNREFUSED"

const untilRefused = (port: number) =>
  Effect.exit(openConnection(port)).pipe(
    Effect.scoped,
    Effect.repeat({ until: Exit.isFailure, schedule: Schedule.spaced("200 millis") }),
    Effect.timeout("5 seconds")
  )

const until = (condition: () => boolean) =>
  Effect.sync(condition).pipe(
    Effect.repeat({ until: (met) => met, schedule: Schedule.spaced("5 millis") }),
    Effect.timeout("5 seconds")
  )

describe("ending", () => {
  const gatedServices = TestServices.layerHashingWith(
    GatedHasher.layer.pipe(Layer.provideMerge(TestServices.cheapHasher))
  )

  const eightSignIns = Effect.gen(function*() {
    const gate = yield* GatedHasher.Gate
    const servers = yield* bothListening(Layer.succeedContext(yield* Effect.context<Services>()))
    yield* post(servers.port, "/accounts", ADA)
    const signIns = yield* Effect.forkChild(Effect.all(Array.from({ length: 8 }, () => signIn(servers.port)), {
      concurrency: "unbounded"
    }))
    yield* until(() => gate.arrived() === 8)
    return { ...servers, gate, signIns }
  })

  it.live("answers every request it has taken, and tells clients not to come back", () =>
    Effect.gen(function*() {
      const { close, gate, signIns } = yield* eightSignIns
      const closing = yield* Effect.forkChild(close)
      // By then idle connections are closed.
      yield* Effect.sleep("700 millis")
      yield* gate.open
      const answers = yield* Fiber.join(signIns)
      assert.deepStrictEqual(answers.map((answer) => answer.status), Array.from({ length: 8 }, () => 201))
      assert.deepStrictEqual(answers.map((answer) => answer.headers.get("connection")), Array(8).fill("close"))
      yield* Fiber.join(closing)
    }).pipe(Effect.provide(gatedServices)))

  it.live("is not ready from the first moment, alive to the last, and soon takes no new connection", () =>
    Effect.gen(function*() {
      const { close, gate, managementPort, port, signIns } = yield* eightSignIns
      assert.strictEqual((yield* get(managementPort, "/readyz")).status, 200)
      const closing = yield* Effect.forkChild(close, { startImmediately: true })
      assert.strictEqual((yield* get(managementPort, "/readyz")).status, 503)
      assert.strictEqual((yield* get(managementPort, "/livez")).status, 200)
      yield* untilRefused(port)
      yield* gate.open
      yield* Fiber.join(signIns)
      yield* Fiber.join(closing)
    }).pipe(Effect.provide(gatedServices)))

  it.live("goes on for the delay as before, but not ready, and tells clients not to come back", () =>
    Effect.gen(function*() {
      const { close, managementPort, port } = yield* bothListening(TestServices.layer, healthyStore, {
        shutdownDelay: Duration.millis(500)
      })
      const closing = yield* Effect.forkChild(close, { startImmediately: true })
      assert.strictEqual((yield* get(managementPort, "/readyz")).status, 503)
      // Longer than the time without new connections after which the port is closed.
      yield* Effect.sleep("200 millis")
      const answer = yield* get(port, "/sessions/me")
      assert.deepStrictEqual([answer.status, answer.headers.get("connection")], [401, "close"])
      yield* Fiber.join(closing)
      yield* untilRefused(port)
    }))

  it.live("resets no connection whose client asks again and again", () =>
    Effect.gen(function*() {
      const { close, port } = yield* bothListening(TestServices.layer)
      const connected = new Set<number>()
      const clients = yield* Effect.forkChild(Effect.all(
        Array.from({ length: 8 }, (_, index) => keepAsking(port, () => connected.add(index))),
        { concurrency: "unbounded" }
      ))
      // A connection that was never accepted may be reset.
      yield* until(() => connected.size === 8)
      yield* close
      const counts = yield* Fiber.join(clients)
      assert.isAbove(Math.min(...counts), 1)
    }))

  it.live("does not wait for connections without a whole request", () =>
    Effect.gen(function*() {
      const { close, port } = yield* bothListening(TestServices.layer)
      const silent = yield* openConnection(port)
      const slow = yield* openConnection(port)
      yield* slow.write("GET /docs HTTP/1.1\r\nhost: a\r\n")
      const idle = yield* openConnection(port)
      yield* idle.write("GET /docs HTTP/1.1\r\nhost: a\r\n\r\n")
      yield* Effect.timeout(close, "2 seconds")
      yield* Effect.all([silent.ended, slow.ended, idle.ended])
    }))

  it.live("cuts what is not done in time", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const services = Layer.succeedContext(yield* Effect.context<Services>())
      const context = yield* publicListener({ shutdownTimeout: Duration.millis(100) }).pipe(
        Layer.provide([services, ListenerState.layer]),
        Layer.buildWithScope(scope)
      )
      const { port } = Context.get(context, PublicAddress)
      yield* post(port, "/accounts", ADA)
      const gate = yield* GatedHasher.Gate
      const signingIn = yield* Effect.forkChild(Effect.exit(signInFailing(port)))
      yield* until(() => gate.arrived() === 1)
      yield* Effect.timeout(Scope.close(scope, Exit.void), "2 seconds")
      assert.isTrue(Exit.isFailure(yield* Fiber.join(signingIn)))
    }).pipe(Effect.provide(gatedServices)))
})

describe("beginning", () => {
  it.live("leaves no request unanswered while the services are being made", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const slow = Layer.unwrap(Effect.as(Effect.sleep("300 millis"), TestServices.layer))
      const attempt = exchange(port, "GET /sessions/me HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").pipe(
        Effect.map((text) => parseAnswer(text).status)
      )
      const attempts = yield* attempt.pipe(
        Effect.retry({ schedule: Schedule.spaced("2 millis"), while: isRefused }),
        Effect.forkChild
      )
      yield* Layer.build(publicListener({ port }).pipe(Layer.provide([slow, ListenerState.layer])))
      assert.strictEqual(yield* Fiber.join(attempts), 401)
    }))

  it.live("names the setting to change when the port is taken", () =>
    Effect.gen(function*() {
      const port = yield* listening()
      const error = yield* Effect.flip(listening({ port }))
      assert.strictEqual(
        "message" in error ? error.message : "",
        `Port ${port} on 127.0.0.1 is taken. Stop what listens there, or choose another port with --port or IDENTITY_PORT.`
      )
    }))

  it.live("names the setting to change when the address is not this machine's", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(listening({ host: "192.0.2.1" }))
      assert.include("message" in error ? error.message : "", "IDENTITY_HOST")
    }))
})
