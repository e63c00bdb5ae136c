/** What the tests of processes rest on. */
import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { readFileSync } from "node:fs"
import { createServer } from "node:net"
import { freePorts } from "./IdentityProcess.ts"
import { logLines } from "./WorkerProcesses.ts"

/** The ports that Linux gives to connections, and to servers that let it choose. */
const chosenBySystem = Option.liftThrowable(() =>
  readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").trim().split(/\s+/).map(Number)
)()

it.effect.skipIf(Option.isNone(chosenBySystem))(
  "nobody is given a free port before a server listens on it",
  () =>
    Effect.gen(function*() {
      const [lowest = 0] = yield* Effect.fromOption(chosenBySystem)
      const pairs = yield* Effect.replicateEffect(freePorts, 20)
      const ports = pairs.flat()
      assert.strictEqual(new Set(ports).size, 40)
      assert.isBelow(Math.max(...ports), lowest)
    })
)

it.live("a port on which somebody listens is not free", () =>
  Effect.gen(function*() {
    const [port] = yield* freePorts
    const following = Array.from({ length: 10 }, (_, index) => port + 2 + index)
    yield* Effect.forEach(following, (taken) =>
      Effect.acquireRelease(
        Effect.promise(async () => {
          const server = createServer().on("error", () => undefined).listen(taken, "127.0.0.1")
          await new Promise((resolve) => server.once("listening", resolve).once("error", resolve))
          return server
        }),
        (server) => Effect.sync(() => server.close())
      ))
    const found = yield* freePorts
    assert.deepStrictEqual(found.filter((free) => following.includes(free)), [])
  }))

it("a log that is not JSON fails a test with its text", () => {
  const log = "{\"message\":\"Started\"}\nPort 8080 on 127.0.0.1 is taken.\n"
  assert.throws(() => logLines({ log: () => log }), log)
})
