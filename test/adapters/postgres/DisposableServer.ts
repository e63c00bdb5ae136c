/** A Postgres server that a test may kill, freeze and start again. Listens on a socket and on a loopback port. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { Context, Effect, FileSystem, Layer, Option, Random, Redacted, Schedule } from "effect"
import { execFileSync, spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import * as net from "node:net"
import * as DataDirectory from "../../../src/adapters/embedded/DataDirectory.ts"
import * as PostgresBinaries from "../../../src/adapters/embedded/PostgresBinaries.ts"
import * as PostgresCluster from "../../../src/adapters/embedded/PostgresCluster.ts"
import * as ServerUser from "../../../src/adapters/embedded/ServerUser.ts"
import { temporaryDirectory } from "../../support/temporary-directory.ts"
import { execute } from "./TestClient.ts"

export class DisposableServer extends Context.Service<DisposableServer, {
  readonly url: Redacted.Redacted
  readonly port: number
  readonly database: string
  /** The directory of its Unix socket. */
  readonly directory: string
  /** Starts the server unless it runs, and waits until it accepts. */
  readonly start: Effect.Effect<void>
  /** Ends the server at once and waits until all its processes are gone. `SIGQUIT` is Postgres' immediate shutdown. */
  readonly end: (signal: "SIGQUIT" | "SIGKILL") => Effect.Effect<void>
  /** Stops every process of the server in its tracks: connections stay open and nobody answers. */
  readonly freeze: Effect.Effect<void>
  readonly thaw: Effect.Effect<void>
}>()("test/DisposableServer") {
  static readonly layer = Layer.effect(
    DisposableServer,
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* DataDirectory.open(yield* temporaryDirectory("identity-outage-"))
      const user = yield* ServerUser.find(directory)
      const binaries = yield* PostgresBinaries.install(directory, user)
      yield* PostgresCluster.ensure(directory, binaries, user)
      yield* fs.writeFileString(`${directory.cluster}/pg_hba.conf`, hostBasedAuthentication)
      const port = yield* freePort
      const url = Redacted.make(`postgres://${PostgresCluster.role}@127.0.0.1:${port}/${PostgresCluster.database}`)

      let server: ChildProcess | undefined
      const processes = Effect.sync(() => {
        const pid = String(server?.pid)
        return [pid, ...execFileSync("pgrep", ["-P", pid], { encoding: "utf8" }).trim().split("\n")].map(Number)
      })
      const signal = (name: "SIGSTOP" | "SIGCONT") =>
        Effect.map(processes, (pids) => {
          for (const pid of pids) sendIfAlive(pid, name)
        })
      // A server that was killed leaves children that hold its memory for a moment, and a new one refuses to start.
      const launchUnlessRunning = Effect.sync(() => {
        if (isRunning(server)) return
        server = spawn(binaries.postgres, [
          ...PostgresCluster.serverArguments(directory, user),
          ...["listen_addresses=127.0.0.1", `port=${port}`].flatMap((setting) => ["-c", setting])
        ], { cwd: directory.cluster, stdio: "ignore", env: { LC_ALL: "C" }, ...Option.getOrElse(user, () => ({})) })
      })
      const start = Effect.andThen(launchUnlessRunning, execute({ url }, "SELECT 1")).pipe(
        Effect.retry({ schedule: Schedule.spaced("20 millis"), times: 250 }),
        Effect.orDie,
        Effect.asVoid
      )
      const end = Effect.fnUntraced(function*(name: "SIGQUIT" | "SIGKILL") {
        if (!isRunning(server)) return
        const family = yield* processes
        server.kill(name)
        // Sessions of a killed server notice a little later that it is gone, and answer until then.
        yield* Effect.suspend(() => family.some(exists) ? Effect.fail("running") : Effect.void).pipe(
          Effect.retry({ schedule: Schedule.spaced("5 millis"), times: 1000 }),
          Effect.orDie
        )
      })
      yield* start
      yield* Effect.addFinalizer(() => Effect.andThen(Effect.ignoreCause(signal("SIGCONT")), end("SIGQUIT")))

      return DisposableServer.of({
        url,
        port,
        database: PostgresCluster.database,
        directory: directory.cluster,
        start,
        end,
        freeze: signal("SIGSTOP"),
        thaw: signal("SIGCONT")
      })
    })
  ).pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]))
}

const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A child of the server may end by itself between being listed and being signalled. */
const sendIfAlive = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error
  }
}

const isRunning = (child: ChildProcess | undefined): child is ChildProcess =>
  child !== undefined && child.exitCode === null && child.signalCode === null

const hostBasedAuthentication = [
  "local all all trust",
  "host all with_password 127.0.0.1/32 scram-sha-256",
  "host all all 127.0.0.1/32 trust"
].join("\n")

/** Below the ports that systems give to outgoing connections, one of which could take it while the server is down. */
const freePort = Effect.flatMap(Random.nextIntBetween(20_000, 30_000), (port) =>
  Effect.tryPromise(async () => {
    const listener = net.createServer().listen(port, "127.0.0.1")
    await once(listener, "listening")
    listener.close()
    await once(listener, "close")
    return port
  })).pipe(Effect.retry({ times: 20 }), Effect.orDie)
