/** Properties of real processes: exit codes, streams, signals, and settings from the environment. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { spawn } from "node:child_process"
import type { StdioOptions } from "node:child_process"
import { once } from "node:events"
import { closeSync, existsSync, openSync } from "node:fs"
import { createServer } from "node:net"
import type { Server } from "node:net"
import { join } from "node:path"
import { emptyDirectory, Executable, freePorts, identity, start } from "./IdentityProcess.ts"

describe("a command", () => {
  it.live("prints its version, and no escape sequence in its help", () =>
    Effect.gen(function*() {
      const version = yield* identity(["--version"], {})
      assert.match(version.stdout, /^identity \d+\.\d+\.\d+\n$/)
      const help = yield* identity(["--help"], { FORCE_COLOR: "1" })
      assert.deepStrictEqual([help.exitCode, help.stderr, help.stdout.includes("\u001b")], [0, "", false])
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("[P8] tells of all settings at fault together, exits 2 and repeats no secret", () =>
    Effect.gen(function*() {
      const { exitCode, stderr, stdout } = yield* identity(["list-accounts"], {
        IDENTITY_DATABASE_URL: "postgres://ada:hush@127.0.0.1:1/identity",
        IDENTITY_PORT: "http",
        IDENTITY_SESSION_IDLE_TIMEOUT: "soon"
      })
      assert.deepStrictEqual([exitCode, stdout], [2, ""])
      for (const name of ["IDENTITY_PORT", "IDENTITY_SESSION_IDLE_TIMEOUT", "IDENTITY_SIGNING_KEYS"]) {
        assert.include(stderr, name)
      }
      assert.notInclude(stderr, "hush")
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("warns of a variable that looks like a setting and is none, unless it is to be quiet", () =>
    Effect.gen(function*() {
      const warned = yield* identity(["config"], { IDENTITY_DATABSE_URL: "x" })
      assert.strictEqual(warned.exitCode, 0)
      assert.include(warned.stderr, "Did you mean IDENTITY_DATABASE_URL?")
      const quiet = yield* identity(["config", "--json"], { IDENTITY_DATABSE_URL: "x" })
      assert.strictEqual(quiet.stderr, "")
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("shows where each setting comes from", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const secrets = yield* emptyDirectory
      yield* fs.writeFileString(`${secrets}/IDENTITY_PORT`, "8443\n")
      const { stdout } = yield* identity(["config", "--json", "--data-dir", "/data"], {
        IDENTITY_SECRETS_DIR: secrets,
        IDENTITY_HOST: "0.0.0.0"
      })
      assert.includeDeepMembers(JSON.parse(stdout).settings, [
        { name: "IDENTITY_DATA_DIR", value: "/data", origin: "--data-dir" },
        { name: "IDENTITY_HOST", value: "0.0.0.0", origin: "environment" },
        { name: "IDENTITY_PORT", value: "8443", origin: `${secrets}/IDENTITY_PORT` },
        { name: "IDENTITY_PUBLIC_URL", value: "http://0.0.0.0:8443", origin: "default" },
        { name: "IDENTITY_DATABASE_URL", value: null, origin: "default" }
      ])
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("generates keys that the configuration accepts", () =>
    Effect.gen(function*() {
      const first = yield* identity(["generate-signing-key"], {})
      const second = yield* identity(["generate-signing-key"], {})
      assert.notStrictEqual(first.stdout, second.stdout)
      const keys = `${first.stdout.trim()},${second.stdout.trim()}`
      const { exitCode, stdout } = yield* identity(["config"], { IDENTITY_SIGNING_KEYS: keys })
      assert.strictEqual(exitCode, 0)
      assert.notInclude(stdout, first.stdout.trim())
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("exits 1 with one sentence when the database can't be reached", () =>
    Effect.gen(function*() {
      const key = yield* identity(["generate-signing-key"], {})
      const { exitCode, stderr, stdout } = yield* identity(["list-accounts"], {
        IDENTITY_DATABASE_URL: "postgres://ada:hush@127.0.0.1:1/identity",
        IDENTITY_SIGNING_KEYS: key.stdout.trim()
      })
      assert.deepStrictEqual([exitCode, stdout], [1, ""])
      assert.include(stderr, "The database at 127.0.0.1:1 can't be reached")
      assert.notInclude(stderr, "hush")
      assert.notMatch(stderr, /\n {4}at /)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live.skipIf(!existsSync("/dev/full"))(
    "exits 1 when its result can't be written, and says so",
    () =>
      Effect.gen(function*() {
        const full = yield* Effect.acquireRelease(
          Effect.sync(() => openSync("/dev/full", "w")),
          (fd) => Effect.sync(() => closeSync(fd))
        )
        assert.deepStrictEqual(yield* endOf(["--help"], ["ignore", full, "pipe"]), {
          exitCode: 1,
          stderr: "The output could not be written (ENOSPC).\n"
        })
        assert.strictEqual((yield* endOf(["--help"], ["ignore", full, full])).exitCode, 1)
        assert.strictEqual((yield* endOf(["show-account"], ["ignore", full, full])).exitCode, 2)
      })
  )

  it.live.each(["1", "2"])("with %s processes names both ports that are taken", (workers) =>
    Effect.gen(function*() {
      const [port, managementPort] = [yield* takenPort, yield* takenPort]
      const { exitCode, stderr } = yield* identity(["serve", "--port", `${port}`], {
        IDENTITY_MANAGEMENT_PORT: `${managementPort}`,
        IDENTITY_WORKERS: workers,
        IDENTITY_LOG_LEVEL: "error",
        IDENTITY_DATABASE_URL: "postgres://ada:hush@127.0.0.1:1/identity",
        IDENTITY_SIGNING_KEYS: (yield* identity(["generate-signing-key"], {})).stdout.trim()
      })
      assert.strictEqual(exitCode, 1)
      for (const taken of [port, managementPort]) assert.include(stderr, `Port ${taken} on 127.0.0.1 is taken.`)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("makes no database for a server that can't listen", () =>
    Effect.gen(function*() {
      const port = yield* takenPort
      const [, managementPort] = yield* freePorts
      const directory = join(yield* emptyDirectory, "data")
      const { exitCode, stderr } = yield* identity(["serve", "--port", `${port}`], {
        IDENTITY_DATA_DIR: directory,
        IDENTITY_MANAGEMENT_PORT: `${managementPort}`
      })
      assert.deepStrictEqual([exitCode, existsSync(directory)], [1, false], stderr)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("does not mind a reader that leaves early", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* endOf(["--help"], ["ignore", "pipe", "pipe"]), { exitCode: 0, stderr: "" })
    }))

  it.live("reads no further once nobody reads what it prints, and says nothing about that", () =>
    Effect.gen(function*() {
      const { child, ended } = yield* start(["convert-import", "--from", "htpasswd", "-"], {})
      child.stdout.destroy()
      child.stdin.write("ada@example.com:$2b$04$H/u4.nVB7.RjCTNW57zaRehFw3AR6JlrkVHVaWjbvNSxUB5ix/oES\n")
      // Standard input stays open, so a command that read on wouldn't end.
      const { exitCode, stderr } = yield* ended
      assert.deepStrictEqual([exitCode, stderr], [0, ""])
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})

const takenPort = Effect.acquireRelease(
  Effect.callback<Server>((resume) => {
    const server = createServer().listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
  }),
  (server) => Effect.sync(() => server.close())
).pipe(Effect.map((server) => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}))

/** The end of a process whose output isn't read. */
const endOf = Effect.fnUntraced(function*(args: ReadonlyArray<string>, stdio: StdioOptions) {
  const child = spawn(process.execPath, [yield* Executable, ...args], { cwd: yield* emptyDirectory, stdio })
  child.stdout?.destroy()
  let stderr = ""
  child.stderr?.on("data", (chunk) => stderr += String(chunk))
  const [exitCode] = yield* Effect.timeout(Effect.promise(() => once(child, "close")), "10 seconds")
  return { exitCode, stderr }
})
