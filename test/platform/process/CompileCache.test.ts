import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { isPrivate } from "../../../src/platform/process/CompileCache.js"
import { temporaryDirectory } from "../../support/temporary-directory.ts"

const emptyDirectory = temporaryDirectory("identity-cache-")

/** A directory in a directory in a temporary one, of the given modes. */
const nested = Effect.fnUntraced(function*(modes: { readonly outer: number; readonly inner: number }) {
  const fs = yield* FileSystem.FileSystem
  const outer = yield* fs.realPath(yield* emptyDirectory)
  yield* fs.makeDirectory(`${outer}/inner`)
  yield* fs.chmod(`${outer}/inner`, modes.inner)
  yield* fs.chmod(outer, modes.outer)
  return { path: `${outer}/inner`, uid: process.getuid?.() ?? -1 }
})

describe.skipIf(process.getuid === undefined)("what is executed is read from", () => {
  it.live.each([
    { outer: 0o700, inner: 0o700, trusted: true, which: "one's own directory" },
    { outer: 0o755, inner: 0o700, trusted: true, which: "one's own below another that others can see" },
    { outer: 0o1777, inner: 0o700, trusted: true, which: "one's own where others can't rename it" },
    { outer: 0o777, inner: 0o700, trusted: false, which: "one that anybody can put another in the place of" },
    { outer: 0o770, inner: 0o700, trusted: false, which: "one that a group can put another in the place of" },
    { outer: 0o700, inner: 0o770, trusted: false, which: "one that a group can write to" },
    { outer: 0o700, inner: 0o702, trusted: false, which: "one that others can write to" },
    { outer: 0o700, inner: 0o755, trusted: false, which: "one that was not made for this" }
  ])("$which: $trusted", ({ trusted, ...modes }) =>
    Effect.gen(function*() {
      const { path, uid } = yield* nested(modes)
      assert.strictEqual(isPrivate(path, uid), trusted)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("no directory of another user", () =>
    Effect.gen(function*() {
      const { path, uid } = yield* nested({ outer: 0o700, inner: 0o700 })
      assert.isFalse(isPrivate(path, uid + 1))
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})

/** Runs a program that keeps its cache in `directory`; answers where it had one. */
const runCached = (directory: string, variables: Readonly<Record<string, string>> = {}) =>
  Effect.promise(async () => {
    const program = fileURLToPath(new URL("cached-program.ts", import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [program, directory], { env: variables })
    return stdout
  })

describe.skipIf(process.getuid === undefined)("what was compiled", () => {
  it.live("is kept where only its owner comes", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = `${yield* emptyDirectory}/absent/compiled`
      assert.include(yield* runCached(directory), yield* fs.realPath(directory))
      assert.isNotEmpty(yield* fs.readDirectory(directory))
      assert.strictEqual((yield* fs.stat(directory)).mode & 0o777, 0o700)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("is neither kept nor taken where others may write, also behind a link", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const open = yield* emptyDirectory
      yield* fs.chmod(open, 0o770)
      const link = `${yield* emptyDirectory}/compiled`
      yield* fs.symlink(open, link)
      assert.strictEqual(yield* runCached(link), "none")
      assert.deepStrictEqual(yield* fs.readDirectory(open), [])
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("is kept elsewhere or not at all when the operator says so", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const [directory, theirs] = [`${yield* emptyDirectory}/compiled`, yield* emptyDirectory]
      assert.include(yield* runCached(directory, { NODE_COMPILE_CACHE: theirs }), theirs)
      assert.isFalse(yield* fs.exists(directory))
      assert.strictEqual(yield* runCached(directory, { NODE_DISABLE_COMPILE_CACHE: "1" }), "none")
      assert.deepStrictEqual(yield* fs.readDirectory(directory), [])
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("is missed by nobody where nothing can be kept", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* runCached("/dev/null/compiled"), "none")
    }))
})
