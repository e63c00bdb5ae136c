import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, FileSystem, Layer } from "effect"
import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { Email } from "../../../src/domain/model/Email.ts"
import { signIn, signUp } from "../../support/people.ts"
import { temporaryDirectory } from "../../support/temporary-directory.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const ADA = Email.make("ada@example.com")

const provided = Effect.provide(Layer.merge(layer(), NodeFileSystem.layer))

/** A log of two chains with three entries, and a place for its checkpoint. */
const withLog = Effect.gen(function*() {
  yield* signUp(ADA)
  yield* signIn(ADA)
  yield* signUp(Email.make("bob@example.com"))
  return `${yield* temporaryDirectory("identity-test-")}/checkpoint.txt`
})

describe("audit-log --checkpoint", () => {
  it.effect("writes the end of every chain where only its owner can read it, and prints its SHA-256", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const fs = yield* FileSystem.FileSystem
      const file = yield* withLog
      const { exitCode, stderr, stdout } = yield* run(["audit-log", "--checkpoint", file])
      assert.deepStrictEqual([exitCode, stderr], [0, ""])
      const text = yield* fs.readFileString(file)
      const digest = createHash("sha256").update(text).digest("hex")
      assert.strictEqual(
        stdout,
        "Verified 3 entries in 2 chains: none was altered, removed or moved.\n" +
          `Wrote the checkpoint ${file}. Its SHA-256 is ${digest}.`
      )
      assert.strictEqual((yield* fs.stat(file)).mode & 0o777, 0o600)
      const golden = text.replaceAll(/[0-9a-f]{64}/g, "<hash>")
      yield* Effect.promise(() => expect(golden).toMatchFileSnapshot("golden/audit-checkpoint.txt"))
    }).pipe(provided))

  it.effect("prints what it wrote with --json, and the SHA-256 alone with --quiet", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const file = yield* withLog
      const { checkpoint, ...verification } = JSON.parse(
        (yield* run(["audit-log", "--checkpoint", file, "--json"])).stdout
      )
      assert.deepStrictEqual(verification, { chains: 2, entries: 3, forgotten: 0, breaks: [] })
      assert.deepStrictEqual({ ...checkpoint, sha256: "" }, { file, sha256: "", chains: 2, entries: 3 })
      assert.match((yield* run(["audit-log", "--checkpoint", `${file}.2`, "--quiet"])).stdout, /^[0-9a-f]{64}$/)
    }).pipe(provided))

  it.effect("replaces a file only if told to, and leaves nothing else beside it", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const fs = yield* FileSystem.FileSystem
      const file = yield* withLog
      yield* fs.writeFileString(file, "precious")
      const refused = yield* run(["audit-log", "--checkpoint", file])
      assert.strictEqual(refused.exitCode, 2)
      assert.include(refused.stderr, "give --yes")
      assert.strictEqual(yield* fs.readFileString(file), "precious")
      assert.strictEqual((yield* run(["audit-log", "--checkpoint", file, "--yes"])).exitCode, 0)
      assert.notStrictEqual(yield* fs.readFileString(file), "precious")
      assert.deepStrictEqual(yield* fs.readDirectory(file.slice(0, file.lastIndexOf("/"))), ["checkpoint.txt"])
      const nowhere = yield* run(["audit-log", "--checkpoint", `${file}/nowhere`])
      assert.strictEqual(nowhere.exitCode, 1)
      assert.include(nowhere.stderr, "can't be written")
    }).pipe(provided))

  it.effect("keeps a file that comes in between", () => {
    let file = ""
    const meanwhile = layer({}, {
      slowed: (services) =>
        Layer.unwrap(Effect.sync(() => {
          writeFileSync(file, "precious")
          return services
        }))
    })
    return Effect.gen(function*() {
      const { run } = yield* CommandLine
      file = yield* withLog
      const { exitCode, stderr } = yield* run(["audit-log", "--checkpoint", file])
      assert.strictEqual(exitCode, 1)
      assert.include(stderr, "can't be written")
      assert.strictEqual(readFileSync(file, "utf8"), "precious")
    }).pipe(Effect.provide(Layer.merge(meanwhile, NodeFileSystem.layer)))
  })
})

describe("audit-log --verify --since-checkpoint", () => {
  it.effect("proves that all is there that the checkpoint knew, also when more was recorded", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const file = yield* withLog
      const sha256 = (yield* run(["audit-log", "--checkpoint", file, "--quiet"])).stdout
      yield* signIn(ADA)
      const { exitCode, stdout } = yield* run(["audit-log", "--verify", "--since-checkpoint", file])
      assert.strictEqual(exitCode, 0)
      assert.include(stdout, `Every entry in ${file} is still there. The SHA-256 of that checkpoint is ${sha256}.`)
      const json = JSON.parse((yield* run(["audit-log", "--verify", "--since-checkpoint", file, "--json"])).stdout)
      assert.deepStrictEqual(json.since_checkpoint, { file, sha256, chains: 2, entries: 3 })
    }).pipe(provided))

  it.effect("[P7] names each chain in which another entry, or none, is where the checkpoint knew its end", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const fs = yield* FileSystem.FileSystem
      const file = yield* withLog
      yield* run(["audit-log", "--checkpoint", file])
      const [heading = "", first = "", second = ""] = (yield* fs.readFileString(file)).split("\n")
      const [chain = "", , hash = ""] = second.split(" ")
      const other = `${chain} 2 ${hash}`
      yield* fs.writeFileString(
        file,
        [heading, first.replace(/[0-9a-f]{8}$/, "00000000"), other, `gone 4 ${hash}`, "end 3 8", ""].join("\n")
      )
      const { exitCode, stdout } = yield* run(["audit-log", "--verify", "--since-checkpoint", file, "--json"])
      assert.strictEqual(exitCode, 1)
      assert.deepStrictEqual(JSON.parse(stdout).breaks, [
        { chain: first.split(" ")[0], sequence: 2, problem: "checkpoint-mismatch" },
        { chain, sequence: 2, problem: "checkpoint-mismatch" },
        { chain: "gone", sequence: 4, problem: "checkpoint-mismatch" }
      ])
    }).pipe(provided))

  it.effect.each<readonly [how: string, mangle: (text: string) => string, line: number]>([
    ["empty", () => "", 1],
    ["another file", () => "root:x:0:0\n", 1],
    ["cut off", (text) => text.slice(0, -10), 2],
    ["of a line less", (text) => text.split("\n").toSpliced(1, 1).join("\n"), 3],
    ["of a line twice", (text) => text.replace(/(acct_.*\n)/, "$1$1"), 3],
    ["followed by something", (text) => `${text}more\n`, 4],
    ["followed by less than a line", (text) => `${text}more`, 4]
  ])("a file that is %s is refused", ([, mangle, line]) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const fs = yield* FileSystem.FileSystem
      const file = yield* withLog
      yield* run(["audit-log", "--checkpoint", file])
      yield* fs.writeFileString(file, mangle(yield* fs.readFileString(file)))
      const { exitCode, stderr, stdout } = yield* run(["audit-log", "--verify", "--since-checkpoint", file])
      assert.deepStrictEqual([exitCode, stdout], [2, ""])
      assert.include(stderr, `is not a whole checkpoint, as line ${line} shows`)
    }).pipe(provided))

  it.effect.each(
    [
      [["--since-checkpoint", "file"], "Give it with --verify"],
      [["--verify", "--since-checkpoint", "/nowhere/file"], "can't be read"],
      [["--checkpoint", "/nowhere/file", "--since", "2026-03-01"], "--checkpoint checks the whole log"],
      [["--checkpoint", "/nowhere/file", "--limit", "5"], "without --after and --limit"]
    ] as const
  )("with %j is wrong usage", ([flags, complaint]) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr } = yield* run(["audit-log", ...flags])
      assert.strictEqual(exitCode, 2)
      assert.include(stderr, complaint)
    }).pipe(Effect.provide(layer({ services: () => Layer.unwrap(Effect.die("it was started")) }))))
})
