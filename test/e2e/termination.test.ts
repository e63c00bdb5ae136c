/** Requests that are sent while the server is ending. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { tlsFiles } from "../support/tls-files.ts"
import { serve, untilReadiness } from "./IdentityProcess.ts"
import type { Server, Variables } from "./IdentityProcess.ts"
import * as Probes from "./Probes.ts"
import type { Fate, Target } from "./Probes.ts"
import { migrated } from "./WorkerProcesses.ts"

/** How often each server is started and ended: once, to be quick. */
const ROUNDS = Number(process.env["IDENTITY_TERMINATION_ROUNDS"] ?? 1)

const whole = { concurrency: "unbounded" } as const

/** Of each kind. Over TLS they cost more: with many, the client would be late. */
const PROBES = { HTTP: 24, HTTPS: 8 } as const

/** Each of them sends many requests. */
const PIPELINES = 8

/** Requests are spread over so long before the signal, and so long after it. */
const HALF_MS = 50

/** Asks one after the other, so that half are sent before the signal and half after it. */
const spread = (asks: ReadonlyArray<Effect.Effect<Fate>>) =>
  Effect.forEach(
    asks,
    (ask, index) => Effect.delay(ask, `${Math.round((index * 2 * HALF_MS) / asks.length)} millis`),
    whole
  )

const fatesAround = Effect.fnUntraced(
  function*(server: Server, kinds: ReadonlyArray<ReadonlyArray<Effect.Effect<Fate>>>) {
    const signal = Effect.delay(Effect.sync(() => server.child.kill("SIGTERM")), `${HALF_MS} millis`)
    const [fates] = yield* Effect.all([Effect.forEach(kinds, spread, whole), signal], whole)
    assert.strictEqual((yield* server.ended).exitCode, 0, server.log())
    assert.match(server.log(), /Stopping: answers what was accepted, for at most \d+ seconds"[^]*"Stopped"[^\n]*\n$/)
    return fates
  }
)

const plain = Effect.fnUntraced(function*(variables: Variables) {
  const server = yield* serve(variables)
  yield* untilReadiness(server, 200)
  const target: Target = { port: Number(new URL(server.url).port) }
  const kept = yield* Effect.replicateEffect(Probes.kept(target), PROBES.HTTP)
  return yield* fatesAround(server, [
    Array.from({ length: PROBES.HTTP }, () => Probes.askOnce(target)),
    kept,
    Array.from({ length: PIPELINES }, () => Probes.askBehindEachOther(target))
  ])
})

const overTls = Effect.fnUntraced(function*(variables: Variables) {
  const { cert, files } = yield* tlsFiles
  const server = yield* serve({ ...variables, IDENTITY_TLS_CERT: files.cert, IDENTITY_TLS_KEY: files.key })
  yield* untilReadiness(server, 200)
  const target = { port: Number(new URL(server.url).port), ca: cert }
  const kept = yield* Effect.replicateEffect(Probes.kept(target), PROBES.HTTPS)
  const keptHttp2 = yield* Effect.replicateEffect(Probes.keptHttp2(target), PROBES.HTTPS)
  return yield* fatesAround(server, [
    Array.from({ length: PROBES.HTTPS }, () => Probes.askOnce(target)),
    Array.from({ length: PROBES.HTTPS }, () => Probes.askHttp2Once(target)),
    kept,
    keptHttp2,
    Array.from({ length: PIPELINES }, () => Probes.askBehindEachOther(target))
  ])
})

const count = (fates: ReadonlyArray<Fate>) => {
  const counts: Record<string, number> = {}
  for (const fate of fates) counts[fate] = (counts[fate] ?? 0) + 1
  return counts
}

/** Sends requests on new connections, one after the other, until the port is closed. */
const askOn = Effect.fnUntraced(function*(target: Target) {
  const fates: Array<Fate> = []
  while (fates.at(-1) !== "refused") fates.push(yield* Probes.askOnce(target))
  return fates
})

const askingOn = Effect.fnUntraced(function*(variables: Variables) {
  const server = yield* serve(variables)
  yield* untilReadiness(server, 200)
  const target: Target = { port: Number(new URL(server.url).port) }
  const asked = yield* Effect.forkChild(Effect.replicateEffect(askOn(target), 8, whole))
  yield* Effect.sleep(`${HALF_MS} millis`)
  server.child.kill("SIGTERM")
  const fates = yield* Fiber.join(asked)
  assert.strictEqual((yield* server.ended).exitCode, 0, server.log())
  return fates.flat()
})

describe("[F10] SIGTERM resets no request that was accepted or waits to be", () => {
  it.live.each(
    [
      { protocol: "HTTP", workers: "1" },
      { protocol: "HTTP", workers: "2" },
      { protocol: "HTTPS", workers: "1" },
      { protocol: "HTTPS", workers: "2" }
    ] as const
  )(
    "over $protocol with $workers processes",
    ({ protocol, workers }) =>
      Effect.gen(function*() {
        const variables = { ...yield* migrated, IDENTITY_WORKERS: workers }
        for (let round = 0; round < ROUNDS; round++) {
          const kinds = yield* Effect.scoped((protocol === "HTTP" ? plain : overTls)(variables))
          for (const fates of kinds) {
            const { answered = 0, refused = 0, ...lost } = count(fates)
            assert.deepStrictEqual([lost, answered + refused], [{}, fates.length], `round ${round}`)
            assert.isAtLeast(answered, fates.length / 2)
          }
        }
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    30_000 + ROUNDS * 10_000
  )
})

// Closing a port takes a moment, so some rounds may lose connections that came in that moment, more on a busy machine.
describe.skipIf(ROUNDS === 1)("[F10] SIGTERM resets no request of clients that never pause", () => {
  it.live.each(["1", "2"])(
    "with %s processes",
    (workers) =>
      Effect.gen(function*() {
        const variables = { ...yield* migrated, IDENTITY_WORKERS: workers }
        for (let round = 0; round < ROUNDS; round++) {
          const { answered: _, refused, ...lost } = count(yield* Effect.scoped(askingOn(variables)))
          assert.deepStrictEqual([lost, refused], [{}, 8], `round ${round}`)
        }
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    30_000 + ROUNDS * 10_000
  )
})
