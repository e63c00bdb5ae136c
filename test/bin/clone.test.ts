/** The script at the root of a clone, as people call it: from anywhere, with whatever Node the system has. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import manifest from "../../package.json" with { type: "json" }
import { temporaryDirectory } from "../support/temporary-directory.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const script = join(root, "identity")

const directory = temporaryDirectory("identity-clone-")

const run = (command: string, args: ReadonlyArray<string>, path = "/usr/bin:/bin") =>
  Effect.promise(async () => {
    const cache = process.env["NODE_COMPILE_CACHE"] ?? ""
    const options = { cwd: "/", env: { PATH: path, NODE_COMPILE_CACHE: cache } }
    const { stderr, stdout } = await promisify(execFile)(command, args, options).catch((failure) => failure)
    return { stderr, stdout }
  })

/** A clone without the Node of `npm ci`, and a system whose Node says that it is of a version. */
const cloneWithout = Effect.fnUntraced(function*(systemNode: string) {
  const home = yield* directory
  yield* Effect.promise(async () => {
    await copyFile(script, join(home, "identity"))
    await mkdir(join(home, "node_modules", "effect"), { recursive: true })
    await mkdir(join(home, "path"))
    const asked = `Object.defineProperty(process.versions, "node", { value: "${systemNode}" });`
    const node = `#!/bin/sh\ncase $1 in -e) exec ${process.execPath} -e "${
      asked.replaceAll("\"", "\\\"")
    } $2" ;; esac\n`
    await writeFile(join(home, "path", "node"), `${node}echo "ran $*"\n`)
    await chmod(join(home, "path", "node"), 0o755)
  })
  return { home, path: `${join(home, "path")}:/usr/bin:/bin` }
})

describe("./identity", () => {
  it.live("runs the command line from anywhere, through links, without any Node on the path", () =>
    Effect.gen(function*() {
      const home = yield* directory
      yield* Effect.promise(() => symlink(script, join(home, "first")))
      yield* Effect.promise(() => symlink("first", join(home, "second")))
      const { stderr, stdout } = yield* run(join(home, "second"), ["--version"])
      assert.deepStrictEqual([stdout, stderr], [`identity ${manifest.version}\n`, ""])
    }))

  it.live("names itself in hints and help as it is called here", () =>
    Effect.gen(function*() {
      const wrong = yield* run(script, ["prune", "--nothing"])
      assert.include(wrong.stderr, "See `./identity prune --help`.")
      const help = yield* run(script, ["delete-account", "--help"])
      assert.match(help.stdout, /^ *\.\/identity delete-account .*<account>/m)
      assert.match(help.stdout, /^ *\.\/identity delete-account ada@example\.com$/m)
      assert.notMatch(help.stdout, /(?<!\/)identity delete-account/)
    }))

  it.live("falls back on the system's Node if that is new enough", () =>
    Effect.gen(function*() {
      const { home, path } = yield* cloneWithout("22.19.0")
      assert.match((yield* run(join(home, "identity"), ["prune"], path)).stdout, /^ran .*bin\/identity\.js prune$/m)
    }))

  it.live("says what is needed where there is no Node that can run it", () =>
    Effect.gen(function*() {
      const { home, path } = yield* cloneWithout("22.18.9")
      const { stderr, stdout } = yield* run(join(home, "identity"), [], path)
      assert.deepStrictEqual([stdout, stderr], ["", `Node 22.19 or later is needed. npm ci in ${home} brings one.\n`])
    }))

  it.live("says what to do before npm ci", () =>
    Effect.gen(function*() {
      const home = yield* directory
      yield* Effect.promise(() => copyFile(script, join(home, "identity")))
      const { stderr } = yield* run(join(home, "identity"), [])
      assert.strictEqual(stderr, `The dependencies are missing. Run npm ci in ${home} first.\n`)
    }))
})
