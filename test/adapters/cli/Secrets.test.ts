import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Option, PlatformError, Redacted, Stdio, Stream } from "effect"
import { choosePassword } from "../../../src/adapters/cli/Secrets.ts"

type Input = Stream.Stream<Uint8Array, PlatformError.PlatformError>

const bytesOf = (text: string) => new TextEncoder().encode(text)

const choose = (flags: { readonly stdin?: Input; readonly file?: string }) =>
  choosePassword({ passwordStdin: flags.stdin !== undefined, passwordFile: Option.fromUndefinedOr(flags.file) }).pipe(
    Effect.match({ onSuccess: Redacted.value<string>, onFailure: ({ message }) => message }),
    Effect.provide(Layer.mergeAll(NodeServices.layer, Stdio.layerTest({ stdin: flags.stdin ?? Stream.empty })))
  )

const chooseWritten = Effect.fnUntraced(function*(bytes: Uint8Array) {
  const fs = yield* FileSystem.FileSystem
  const file = yield* fs.makeTempFileScoped()
  yield* fs.writeFile(file, bytes)
  return yield* choose({ file })
}, Effect.provide(NodeServices.layer))

const ways = [
  { from: "standard input", read: (bytes: Uint8Array) => choose({ stdin: Stream.make(bytes) }) },
  { from: "a file", read: chooseWritten }
] as const

const written: ReadonlyArray<readonly [written: string, password: string]> = [
  ["correct horse", "correct horse"],
  ["correct horse\n", "correct horse"],
  ["correct horse\r\n", "correct horse"],
  ["correct horse\n\n", "correct horse\n"],
  ["correct horse\r", "correct horse\r"],
  ["correct\nhorse", "correct\nhorse"],
  [" correct horse ", " correct horse "],
  ["\u{feff}correct horse", "\u{feff}correct horse"],
  ["short", "The password must be at least 8 characters."],
  ["\n", "The password must be at least 8 characters."]
]

const NO_UTF8 = Uint8Array.from([0xff, ...bytesOf("correct horse")])

describe.each(ways)("a password from $from", ({ read }) => {
  it.effect.each(written)("that is written %j is %j", ([text, password]) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* read(bytesOf(text)), password)
    }))

  it.effect("has to be UTF-8", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* read(NO_UTF8), "The password is not valid UTF-8.")
    }))
})

const TOO_LONG = "The password must be at most 256 characters."

describe("standard input", () => {
  it.effect("may arrive in pieces that end anywhere", () =>
    Effect.gen(function*() {
      const bytes = bytesOf("corréct hörse")
      const stdin = Stream.fromIterable([...bytes].map((byte) => Uint8Array.of(byte)))
      assert.strictEqual(yield* choose({ stdin }), "corréct hörse")
    }))

  it.effect("is not read much further than a password can go", () =>
    Effect.gen(function*() {
      let taken = 0
      const stdin = Stream.forever(Stream.sync(() => {
        taken += 1
        return new Uint8Array(1024).fill(97)
      }))
      assert.strictEqual(yield* choose({ stdin }), TOO_LONG)
      assert.isAtMost(taken, 66)
    }))

  it.effect("that can't be read is told", () =>
    Effect.gen(function*() {
      const stdin = Stream.fail(
        PlatformError.systemError({ _tag: "Unknown", module: "Stdio", method: "stdin", description: "secret" })
      )
      assert.strictEqual(yield* choose({ stdin }), "Standard input can't be read.")
    }))
})

describe("a password file", () => {
  it.effect("is not read much further than a password can go", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* choose({ file: "/dev/zero" }), TOO_LONG)
    }))

  it.effect.each(["/does/not/exist", "/"])("%s, which can't be read, is told", (file) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* choose({ file }), `The password file "${file}" can't be read.`)
    }))
})
