/** How a server of several processes ends, and failed starts of one. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { createServer } from "node:net"
import type { Server } from "node:net"
import { freePorts, identity, serve, untilReadiness, usedDataDirectory } from "./IdentityProcess.ts"
import { eventually, kill, migrated, signUp, started, untilServing, untilTaken, workerPids } from "./WorkerProcesses.ts"

const whole = { concurrency: "unbounded" } as const

describe("a server with IDENTITY_WORKERS=2", () => {
  it.live(
    "loses nothing it acknowledged, nor anything it had accepted, at SIGTERM under load",
    () =>
      Effect.gen(function*() {
        const variables = {
          IDENTITY_DATA_DIR: yield* usedDataDirectory,
          IDENTITY_RATE_LIMITS: "off",
          IDENTITY_ARGON2_MEMORY_KIB: "65536",
          IDENTITY_ARGON2_TIME_COST: "4"
        }
        const server = yield* serve({ ...variables, IDENTITY_WORKERS: "2" })
        yield* untilServing(server, 2)
        const numbers = Array.from({ length: 12 }, (_, index) => index)
        const asked = yield* Effect.forkChild(Effect.forEach(numbers, (number) => signUp(server, number), whole))
        yield* untilTaken(server, numbers.length)
        server.child.kill("SIGTERM")
        yield* untilReadiness(server, 503)
        const answers = yield* Fiber.join(asked)
        const created = answers.filter(({ status }) => status === 201).length
        // On a busy machine some would wait too long to be hashed, and are told so.
        assert.strictEqual(created + answers.filter(({ status }) => status === 503).length, numbers.length)
        assert.isAbove(created, 0)
        assert.strictEqual((yield* server.ended).exitCode, 0)
        const { stdout } = yield* identity(["list-accounts", "--json"], variables)
        assert.lengthOf(JSON.parse(stdout).accounts, created)
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    60_000
  )

  it.live("answers what it has accepted when SIGINT comes to all its processes", () =>
    Effect.gen(function*() {
      const server = yield* serve({
        ...yield* migrated,
        IDENTITY_ARGON2_TIME_COST: "100",
        IDENTITY_DATABASE_TIMEOUT: "10 seconds"
      })
      yield* untilServing(server, 2)
      const asked = yield* Effect.forkChild(signUp(server, 1))
      yield* untilTaken(server, 1)
      const pids = [...workerPids(server).values()]
      for (const pid of [server.child.pid, ...pids]) yield* kill(pid, "SIGINT")
      assert.strictEqual((yield* Fiber.join(asked)).status, 201)
      const { exitCode, stdout } = yield* server.ended
      assert.deepStrictEqual([exitCode, stdout], [130, ""])
      assert.deepStrictEqual(pids.filter(isAlive), [])
    }).pipe(Effect.provide(NodeFileSystem.layer)), 60_000)

  it.live("leaves no worker behind when the process that leads them is killed", () =>
    Effect.gen(function*() {
      const server = yield* started
      yield* kill(server.child.pid, "SIGKILL")
      yield* eventually(() => [...workerPids(server).values()].some(isAlive) ? undefined : true)
    }).pipe(Effect.provide(NodeFileSystem.layer)), 60_000)

  it.live("does not start when its workers can't, and says why once", () =>
    Effect.gen(function*() {
      const { IDENTITY_RATE_LIMITS: _, ...variables } = yield* migrated
      const [port, managementPort] = yield* freePorts
      yield* Effect.acquireRelease(
        Effect.callback<Server>((resume) => {
          const server = createServer().listen(port, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      const { exitCode, stderr } = yield* identity(["serve", "--port", `${port}`], {
        ...variables,
        IDENTITY_MANAGEMENT_PORT: `${managementPort}`
      })
      assert.strictEqual(exitCode, 1)
      assert.strictEqual(
        stderr,
        `Port ${port} on 127.0.0.1 is taken. Stop what listens there, or choose another port with --port or IDENTITY_PORT.\n`
      )
    }).pipe(Effect.provide(NodeFileSystem.layer)), 60_000)
})

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
