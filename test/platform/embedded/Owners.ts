/** Processes and directories for tests of the embedded Postgres server. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as PgClient from "@effect/sql-pg/PgClient"
import { Context, Effect, FileSystem, Layer, References, Schedule, Schema } from "effect"
import { Reactivity } from "effect/reactivity"
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { symlink, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"
import { dataDirectory } from "../../support/pristine-cluster.ts"
import { databaseParent, temporaryDirectory } from "../../support/temporary-directory.ts"

export const Platform = Layer.mergeAll(
  NodeFileSystem.layer,
  NodePath.layer,
  Layer.succeed(References.MinimumLogLevel, "Warn")
)

export const isRoot = process.getuid?.() === 0

export const emptyDirectory = temporaryDirectory("identity-embedded-", databaseParent)

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** The program that an owner runs. */
const OwnerProgram = Context.Reference<string>("identityd/test/platform/embedded/OwnerProgram", {
  defaultValue: () => pathOf("owner.ts")
})

/** The same in one file, which starts in a third of the time that all its modules take. Only we can read it. */
export const bundledOwner = Layer.effect(
  OwnerProgram,
  Effect.gen(function*() {
    const directory = yield* temporaryDirectory("identity-owner-")
    yield* Effect.promise(async () => {
      const input = { owner: pathOf("owner.ts"), Watchdog: pathOf("../../../src/platform/embedded/Watchdog.ts") }
      const bundle = await rolldown({ input, platform: "node" })
      await bundle.write({ dir: directory })
      await writeFile(`${directory}/package.json`, JSON.stringify({ type: "module" }))
      await symlink(pathOf("../../../node_modules"), `${directory}/node_modules`)
    })
    return `${directory}/owner.js`
  })
)

/** A data directory that a first start has already filled, for tests that are not about that. */
export const usedDirectory = dataDirectory("identity-embedded-")

const Connection = Schema.fromJsonString(Schema.Struct({
  path: Schema.String,
  port: Schema.Int,
  username: Schema.String,
  database: Schema.String
}))
type Connection = typeof Connection.Type

/** A process that has acquired the server of `dataDir`, and ends with the scope at the latest. */
export const startOwner = Effect.fnUntraced(function*(dataDir: string, user?: { uid: number; gid: number }) {
  const program = yield* OwnerProgram
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(process.execPath, [program, dataDir], { stdio: ["pipe", "pipe", "inherit"], ...user })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const exit = once(child, "exit")
  const line = yield* Effect.promise(() => Promise.race([once(child.stdout, "data"), exit])).pipe(
    Effect.timeout("15 seconds")
  )
  return {
    connection: yield* Schema.decodeEffect(Connection)(String(line[0])),
    leave: Effect.promise(() => {
      child.stdin.end()
      return exit
    }).pipe(Effect.timeout("5 seconds")),
    kill: Effect.promise(() => {
      child.kill("SIGKILL")
      return exit
    })
  }
})

/** Runs one statement on a connection of its own. */
export const query = (connection: Connection, statement: string) =>
  PgClient.makeClient(connection).pipe(
    Effect.flatMap((sql) => sql.unsafe(statement)),
    Effect.scoped,
    Effect.provide(Reactivity.layer)
  )

/** The process id of the server, from Postgres' own lock. */
export const serverPid = Effect.fnUntraced(function*(dataDir: string) {
  const fs = yield* FileSystem.FileSystem
  return Number.parseInt(yield* fs.readFileString(`${dataDir}/cluster/postmaster.pid`), 10)
})

/** A column of `ps` for one process. */
export const processColumn = (pid: number, column: "gid" | "ppid" | "uid") =>
  Effect.sync(() => Number(execFileSync("ps", ["-o", `${column}=`, "-p", String(pid)], { encoding: "utf8" })))

export const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Waits until a process has gone. The bound only ends a test that would hang: a busy machine takes its time. */
export const gone = (pid: number) =>
  Effect.suspend(() => isRunning(pid) ? Effect.fail(`process ${pid} is still running`) : Effect.void).pipe(
    Effect.retry(Schedule.spaced("20 millis")),
    Effect.timeout("15 seconds")
  )
