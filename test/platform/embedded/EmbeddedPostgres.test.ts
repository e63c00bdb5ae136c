import { assert, it } from "@effect/vitest"
import { Context, Effect, FileSystem, Layer, Option, Schedule } from "effect"
import { execFileSync, spawn } from "node:child_process"
import { dirname } from "node:path"
import * as EmbeddedPostgres from "../../../src/platform/embedded/EmbeddedPostgres.ts"
import {
  bundledOwner,
  emptyDirectory,
  gone,
  isRunning,
  Platform,
  processColumn,
  query,
  serverPid,
  startOwner,
  usedDirectory
} from "./Owners.ts"

/** A data directory in which one row has been acknowledged. Servers of killed owners may be about to end in it. */
class UsedDirectory extends Context.Service<UsedDirectory, string>()("test/UsedDirectory") {
  static readonly layer = Layer.effect(
    UsedDirectory,
    Effect.gen(function*() {
      const dataDir = yield* usedDirectory
      yield* Effect.scoped(Effect.gen(function*() {
        const connection = yield* EmbeddedPostgres.acquire({ dataDir })
        yield* query(connection, "CREATE TABLE kept AS SELECT 1 AS row")
      }))
      return dataDir
    })
  )
}

/** A copy for tests that damage it. */
const copyOfUsedDirectory = Effect.gen(function*() {
  const dataDir = yield* emptyDirectory
  // Ownership and modes are part of what is copied.
  execFileSync("cp", ["-a", `${yield* UsedDirectory}/cluster`, dataDir])
  return dataDir
})

const surroundings = Layer.merge(Layer.provideMerge(UsedDirectory.layer, Platform), bundledOwner)

it.layer(surroundings, { excludeTestServices: true })("EmbeddedPostgres", (it) => {
  it.effect("a first start creates a durable server that only a private socket reaches", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const dataDir = `${yield* emptyDirectory}/absent/data`
      const connection = yield* EmbeddedPostgres.acquire({ dataDir })
      const settings = yield* query(
        connection,
        "SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit, " +
          "current_setting('listen_addresses') AS addresses, pg_encoding_to_char(encoding) AS encoding " +
          "FROM pg_database WHERE datname = current_database()"
      )
      assert.deepStrictEqual(settings, [{ fsync: "on", synchronous_commit: "on", addresses: "", encoding: "UTF8" }])
      const mode = (path: string) => Effect.map(fs.stat(path), (info) => info.mode & 0o777)
      assert.strictEqual(yield* mode(dataDir), 0o700)
      assert.strictEqual(yield* mode(`${dataDir}/cluster`), 0o700)
      assert.strictEqual(yield* mode(`${dataDir}/postgres.log`), 0o600)
    }))

  it.effect("the server stops when the last owner leaves, and a later one finds the data", () =>
    Effect.gen(function*() {
      const dataDir = yield* UsedDirectory
      const fs = yield* FileSystem.FileSystem
      yield* Effect.scoped(EmbeddedPostgres.acquire({ dataDir }))
      assert.isFalse(yield* fs.exists(`${dataDir}/cluster/postmaster.pid`))
      const connection = yield* EmbeddedPostgres.acquire({ dataDir })
      assert.deepStrictEqual(yield* query(connection, "SELECT row FROM kept"), [{ row: 1 }])
    }))

  it.effect("of two processes that start at once on a new directory both get the same server", () =>
    Effect.gen(function*() {
      const dataDir = yield* emptyDirectory
      const [first, second] = yield* Effect.all([startOwner(dataDir), startOwner(dataDir)], { concurrency: 2 })
      yield* query(first.connection, "CREATE TABLE shared AS SELECT 1 AS row")
      assert.deepStrictEqual(yield* query(second.connection, "SELECT row FROM shared"), [{ row: 1 }])
      const names = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readDirectory(dataDir))
      assert.deepStrictEqual(names.filter((name) => name.startsWith(".partial")), [])
    }))

  it.effect("of two processes that start at once on an old directory both get the same server", () =>
    Effect.gen(function*() {
      const dataDir = yield* UsedDirectory
      const owners = yield* Effect.all(Array.from({ length: 3 }, () => startOwner(dataDir)), { concurrency: 3 })
      for (const { connection } of owners) {
        assert.deepStrictEqual(yield* query(connection, "SELECT row FROM kept"), [{ row: 1 }])
      }
    }))

  it.effect("the server stops when its only owner is killed", () =>
    Effect.gen(function*() {
      const dataDir = yield* UsedDirectory
      const owner = yield* startOwner(dataDir)
      const pid = yield* serverPid(dataDir)
      const watchdog = yield* processColumn(pid, "ppid")
      yield* owner.kill
      yield* gone(pid)
      yield* gone(watchdog)
    }))

  it.effect("one who comes and leaves beside an owner stops nothing", () =>
    Effect.gen(function*() {
      const dataDir = yield* UsedDirectory
      const connection = yield* EmbeddedPostgres.acquire({ dataDir })
      const pid = yield* serverPid(dataDir)
      const visitor = yield* startOwner(dataDir)
      yield* visitor.leave
      assert.strictEqual(yield* serverPid(dataDir), pid)
      assert.deepStrictEqual(yield* query(connection, "SELECT row FROM kept"), [{ row: 1 }])
    }))

  it.effect("the server outlives the owner that started it while another one needs it", () =>
    Effect.gen(function*() {
      const dataDir = yield* UsedDirectory
      const starter = yield* startOwner(dataDir)
      const other = yield* startOwner(dataDir)
      const pid = yield* serverPid(dataDir)
      yield* starter.kill
      assert.deepStrictEqual(yield* query(other.connection, "SELECT row FROM kept"), [{ row: 1 }])
      assert.isTrue(isRunning(pid))
      yield* other.leave
      assert.isFalse(isRunning(pid))
    }))

  it.effect("a killed server comes back by itself, with all that was acknowledged", () =>
    Effect.gen(function*() {
      const dataDir = yield* UsedDirectory
      const connection = yield* EmbeddedPostgres.acquire({ dataDir })
      const pid = yield* serverPid(dataDir)
      yield* query(connection, "CREATE TABLE kept_by_server AS SELECT 2 AS row")
      process.kill(pid, "SIGKILL")
      const rows = yield* query(connection, "SELECT row FROM kept_by_server").pipe(
        Effect.retry(Schedule.spaced("20 millis")),
        Effect.timeout("15 seconds")
      )
      assert.deepStrictEqual(rows, [{ row: 2 }])
      assert.notStrictEqual(yield* serverPid(dataDir), pid)
    }))

  it.effect("a killed watchdog is replaced by its owner, and the server still stops with it", () =>
    Effect.gen(function*() {
      const dataDir = yield* UsedDirectory
      const orphan = yield* Effect.scoped(Effect.gen(function*() {
        const connection = yield* EmbeddedPostgres.acquire({ dataDir })
        const pid = yield* serverPid(dataDir)
        process.kill(yield* processColumn(pid, "ppid"), "SIGKILL")
        yield* gone(pid).pipe(Effect.retry({ times: 1 }))
        yield* query(connection, "SELECT 1").pipe(
          Effect.retry(Schedule.spaced("20 millis")),
          Effect.timeout("15 seconds")
        )
        return yield* serverPid(dataDir)
      }))
      assert.isFalse(isRunning(orphan))
    }))

  it.effect("after owner, watchdog and server were killed together, the next start recovers", () =>
    Effect.gen(function*() {
      const dataDir = yield* UsedDirectory
      const owner = yield* startOwner(dataDir)
      yield* query(owner.connection, "CREATE TABLE kept_by_all AS SELECT 2 AS row")
      const pid = yield* serverPid(dataDir)
      const watchdog = yield* processColumn(pid, "ppid")
      process.kill(watchdog, "SIGKILL")
      process.kill(pid, "SIGKILL")
      yield* owner.kill
      const connection = yield* EmbeddedPostgres.acquire({ dataDir })
      assert.deepStrictEqual(yield* query(connection, "SELECT row FROM kept_by_all"), [{ row: 2 }])
    }))

  it.effect("a lock left by a crash is no obstacle when its process id belongs to another program now", () =>
    Effect.gen(function*() {
      const dataDir = yield* copyOfUsedDirectory
      const fs = yield* FileSystem.FileSystem
      const owner = yield* fs.stat(`${dataDir}/cluster`)
      const user = { uid: Option.getOrThrow(owner.uid), gid: Option.getOrThrow(owner.gid) }
      const stranger = yield* Effect.acquireRelease(
        Effect.sync(() => spawn("sleep", ["60"], { stdio: "ignore", ...user })),
        (child) => Effect.sync(() => child.kill())
      )
      const lock = `${dataDir}/cluster/postmaster.pid`
      yield* fs.writeFileString(lock, `${stranger.pid}\n${dataDir}/cluster\n1\n5432\n.\n\n\nready   \n`)
      const connection = yield* EmbeddedPostgres.acquire({ dataDir })
      assert.deepStrictEqual(yield* query(connection, "SELECT row FROM kept"), [{ row: 1 }])
      assert.isTrue(isRunning(stranger.pid ?? 0))
    }))

  it.effect("a data directory with a path longer than a socket's may be is served all the same", () =>
    Effect.gen(function*() {
      const dataDir = `${yield* emptyDirectory}/${"long".repeat(40)}`
      const fs = yield* FileSystem.FileSystem
      yield* fs.rename(yield* usedDirectory, dataDir)
      const owner = yield* startOwner(dataDir)
      const alias = dirname(dirname(owner.connection.path))
      yield* Effect.addFinalizer(() => Effect.orDie(fs.remove(alias)))
      assert.isAtMost(Buffer.byteLength(owner.connection.path), 103)
      const connection = yield* EmbeddedPostgres.acquire({ dataDir })
      assert.deepStrictEqual(connection, owner.connection)
      assert.deepStrictEqual(yield* query(connection, "SELECT 1 AS row"), [{ row: 1 }])
    }))

  it.effect("a cluster that this release can't run fails the start with Postgres' reason", () =>
    Effect.gen(function*() {
      const dataDir = yield* copyOfUsedDirectory
      const fs = yield* FileSystem.FileSystem
      yield* fs.writeFileString(`${dataDir}/cluster/PG_VERSION`, "9\n")
      const error = yield* Effect.flip(EmbeddedPostgres.acquire({ dataDir }))
      assert.strictEqual(error._tag, "EmbeddedPostgresUnavailable")
      assert.include(error.message, "database files are incompatible with server")
      assert.include(error.message, `${dataDir}/postgres.log`)
    }))
})
