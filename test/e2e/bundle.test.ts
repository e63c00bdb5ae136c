/**
 * The executable as it is published and as the image runs it: bundled. All tests of processes run it. Those here are
 * about what only it has, and about the sources that a clone runs.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { spawnSync } from "node:child_process"
import { readFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { unsupportedNode } from "../../src/platform/process/NodeVersion.js"
import {
  Executable,
  identity,
  post,
  request,
  serve,
  SOURCES,
  untilReadiness,
  usedDataDirectory
} from "./IdentityProcess.ts"

const ada = { email: "ada@example.com", password: "a well kept secret" }

const Token = Schema.Struct({ token: Schema.String })

/** How the bundled command line ends on a Node, given as its path and its arguments. */
const endOn = Effect.fnUntraced(function*(node: string, args: ReadonlyArray<string> = []) {
  const executable = yield* Executable
  const { status, stderr, stdout } = spawnSync(node, [...args, executable, "--version"], { encoding: "utf8", env: {} })
  return { status, stderr, stdout }
})

const refused = (version: string) => ({
  status: 1,
  stderr: `Node 22.19 or later is needed; this is ${version}.\n`,
  stdout: ""
})

/** The system's Node, if it is one that is too old. */
const SYSTEM_NODE = "/usr/bin/node"
const systemVersion = spawnSync(SYSTEM_NODE, ["--version"], { encoding: "utf8" }).stdout?.trim().slice(1) ?? ""
const isSystemOld = systemVersion !== "" && unsupportedNode(systemVersion) !== undefined

describe("the bundled executable on a Node that is too old", () => {
  it.live("says which one is needed and which one this is", () =>
    Effect.gen(function*() {
      const pretend = "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'22.18.9'})"
      assert.deepStrictEqual(yield* endOn(process.execPath, ["--import", pretend]), refused("22.18.9"))
    }))

  it.live.skipIf(!isSystemOld)(
    "says so before it meets what this one lacks, as the system's old Node shows",
    () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* endOn(SYSTEM_NODE), refused(systemVersion))
      })
  )
})

/** Has a process say at its end which of Node's own modules and which native libraries it has loaded. */
const LISTING = encodeURIComponent(
  "process.on('exit', () => process.stderr.write([process.report.getReport().sharedObjects, process.moduleLoadList].flat().join('\\n')))"
)

describe("the bundled executable", () => {
  it.live("compresses a page in each way that browsers ask for", () =>
    Effect.gen(function*() {
      const server = yield* serve({ IDENTITY_DATA_DIR: yield* usedDataDirectory })
      yield* untilReadiness(server, 200)
      for (const encoding of ["gzip", "deflate", "br"]) {
        const page = yield* request(`${server.url}/docs`, { headers: { "accept-encoding": encoding } })
        assert.strictEqual(page.headers.get("content-encoding"), encoding)
        assert.include(yield* Effect.promise(() => page.text()), "</html>")
      }
    }), 60_000)

  it.live(
    "serves without loading Node's TLS, HTTP/2 and HTTP client, and commands without the hash engine",
    () =>
      Effect.gen(function*() {
        const NODE_OPTIONS = `--import=data:text/javascript,${LISTING}`
        const variables = { IDENTITY_DATA_DIR: yield* usedDataDirectory, NODE_OPTIONS }
        const server = yield* serve(variables)
        yield* untilReadiness(server, 200)
        const command = yield* identity(["list-accounts"], variables)
        server.child.kill("SIGTERM")
        const { stderr } = yield* server.ended
        assert.match(stderr, /NativeModule http$/m)
        assert.match(stderr, /argon2.*\.node$/m)
        assert.notMatch(stderr, /NativeModule (?:tls|http2|https|readline|zlib|.*undici.*)$/m)
        assert.strictEqual(command.exitCode, 0)
        assert.notMatch(command.stderr, /argon2.*\.node$|NativeModule (?:http|readline|zlib)$/m)
      }),
    60_000
  )

  it.live("carries the licenses of what is in it", () =>
    Effect.gen(function*() {
      const bin = dirname(yield* Executable)
      const licenses = yield* Effect.promise(() => readFile(join(bin, "LICENSES.txt"), "utf8"))
      assert.include(licenses, "Copyright (c) 2023 Effectful Technologies Inc")
      assert.include(licenses, "Apache License")
    }))
})

describe("the executable of a clone", () => {
  it.live(
    "serves from its workers on the embedded database, beside commands, and ends in order",
    () =>
      Effect.gen(function*() {
        const variables = { IDENTITY_DATA_DIR: yield* usedDataDirectory, IDENTITY_WORKERS: "2" }
        const server = yield* serve(variables)
        yield* untilReadiness(server, 200)
        assert.strictEqual((yield* post(`${server.url}/accounts`, { ...ada, display_name: "Ada" })).status, 201)
        const signedIn = yield* post(`${server.url}/sessions`, ada)
        const { token } = yield* Schema.decodeUnknownEffect(Token)(yield* Effect.promise(() => signedIn.json()))
        const whoAmI = Effect.map(
          request(`${server.url}/sessions/me`, { headers: { authorization: `Bearer ${token}` } }),
          ({ status }) => status
        )
        assert.strictEqual(yield* whoAmI, 200)

        const ended = yield* identity(["revoke-sessions", ada.email, "--yes"], variables)
        assert.deepStrictEqual([ended.exitCode, ended.stdout], [0, "Ended 1 session of ada@example.com.\n"])
        assert.strictEqual(yield* whoAmI, 401)

        server.child.kill("SIGTERM")
        assert.strictEqual((yield* server.ended).exitCode, 0)
      }).pipe(Effect.provideService(Executable, SOURCES)),
    60_000
  )
})
