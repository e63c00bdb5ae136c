import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import {
  Effect,
  Fiber,
  FileSystem,
  Layer,
  Option,
  PlatformError,
  Redacted,
  Sink,
  Stdio,
  Stream,
  Terminal
} from "effect"
import { TerminalCapabilities } from "effect/cli"
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { writeFile } from "node:fs/promises"
import { Quiet } from "../../../src/adapters/cli/kit/GlobalFlags.ts"
import {
  givenOrAsked,
  GivenPassword,
  passwordFlags,
  readPassword
} from "../../../src/adapters/cli/kit/PasswordInput.ts"
import * as TerminalPrompts from "../../../src/adapters/cli/kit/TerminalPrompts.ts"
import { parseArguments } from "./parse-arguments.ts"
import { terminal } from "./TestTerminal.ts"

type Input = Stream.Stream<Uint8Array, PlatformError.PlatformError>

const bytesOf = (text: string) => new TextEncoder().encode(text)

interface Given {
  readonly stdin?: Input
  readonly file?: string
  /** The keys typed at the terminal, if there is one. */
  readonly typed?: string
}

const chooseShown = Effect.fnUntraced(function*(given: Given) {
  const shown: Array<string> = []
  const atTerminal = Effect.succeed(given.typed !== undefined)
  const flags = { passwordStdin: given.stdin !== undefined, passwordFile: Option.fromUndefinedOr(given.file) }
  const chosen = yield* givenOrAsked(() => Effect.void).pipe(
    Effect.provideServiceEffect(GivenPassword, readPassword(flags)),
    Effect.match({
      onSuccess: Redacted.value<string>,
      onFailure: (error) => error._tag === "CommandFailed" ? error.message : error._tag
    }),
    Effect.provideServiceEffect(TerminalCapabilities.TerminalCapabilities, TerminalPrompts.capabilities),
    Effect.provideServiceEffect(Terminal.Terminal, TerminalPrompts.onStderr),
    Effect.provideService(Quiet, false),
    Effect.provide(Layer.mergeAll(
      NodeServices.layer,
      Layer.succeed(Terminal.Terminal, terminal(given.typed ?? "")),
      Stdio.layerTest({
        stdin: given.stdin ?? Stream.empty,
        stdinIsTerminal: atTerminal,
        stderrIsTerminal: atTerminal,
        stderr: () => Sink.forEach((text) => Effect.sync(() => shown.push(String(text))))
      })
    ))
  )
  return { chosen, shown: shown.join("") }
})

const choose = (given: Given) => Effect.map(chooseShown(given), ({ chosen }) => chosen)

const chooseWritten = Effect.fnUntraced(function*(bytes: Uint8Array) {
  const fs = yield* FileSystem.FileSystem
  const file = yield* fs.makeTempFileScoped()
  yield* fs.writeFile(file, bytes)
  return yield* choose({ file })
}, Effect.provide(NodeServices.layer))

/** The same through a named pipe, whose writer comes after the reader. */
const choosePiped = Effect.fnUntraced(function*(bytes: Uint8Array) {
  const pipe = yield* namedPipe
  const writing = yield* Effect.forkChild(Effect.promise(() => writeFile(pipe, bytes)), { startImmediately: false })
  const chosen = yield* choose({ file: pipe })
  yield* Fiber.join(writing)
  return chosen
}, Effect.provide(NodeServices.layer))

const namedPipe = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const pipe = `${yield* fs.makeTempDirectoryScoped()}/pipe`
  execFileSync("mkfifo", [pipe])
  return pipe
})

const ways = [
  { from: "standard input", read: (bytes: Uint8Array) => choose({ stdin: Stream.make(bytes) }) },
  { from: "a file", read: chooseWritten },
  { from: "a named pipe", read: choosePiped }
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
      const longest = "é".repeat(256)
      const stdin = Stream.rechunk(Stream.fromIterable([...bytesOf(longest)].map((byte) => Uint8Array.of(byte))), 1)
      assert.strictEqual(yield* choose({ stdin }), longest)
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

describe("a named pipe", () => {
  it.live("that nobody writes to is waited for, and can be given up", () =>
    Effect.gen(function*() {
      const pipe = yield* namedPipe
      const outcome = yield* Effect.timeoutOption(choose({ file: pipe }), "50 millis")
      assert.isTrue(Option.isNone(outcome))
      // A thread that waits for a writer would keep this one from being the first.
      assert.strictEqual(yield* choosePiped(bytesOf("correct horse")), "correct horse")
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live("that writes on and on is not read much further than a password can go", () =>
    Effect.gen(function*() {
      const pipe = yield* namedPipe
      const writer = yield* Effect.acquireRelease(
        Effect.sync(() => spawn("sh", ["-c", "exec yes > \"$0\"", pipe])),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )
      const closed = once(writer, "close")
      assert.strictEqual(yield* choose({ file: pipe }), TOO_LONG)
      // The reader has gone.
      assert.deepStrictEqual((yield* Effect.promise(() => closed))[1], "SIGPIPE")
    }).pipe(Effect.provide(NodeServices.layer)))
})

describe("a terminal", () => {
  it.effect("is asked twice, and again until both are the same", () =>
    Effect.gen(function*() {
      const typed = "correct horse\rcorrect house\rbattery staple\rbattery staple\r"
      const { chosen, shown } = yield* chooseShown({ typed })
      assert.strictEqual(chosen, "battery staple")
      assert.strictEqual(shown, "Password: \nThe same again: \n".repeat(2))
      assert.notMatch(shown, /horse|house|battery/)
    }))

  it.effect.each(["\u0003", "corr\u0003", "correct horse\r\u0003"])(
    "at which %j is typed is left on a line of its own",
    (typed) =>
      Effect.gen(function*() {
        const { chosen, shown } = yield* chooseShown({ typed })
        assert.strictEqual(chosen, "QuitError")
        assert.match(shown, /: \n$/)
        assert.notMatch(shown, /corr/)
      })
  )

  it.effect("takes back what is typed, and gets no escape sequence", () =>
    Effect.gen(function*() {
      const { chosen, shown } = yield* chooseShown({ typed: "correct horsf\u007fe\rcorrect horse\r" })
      assert.strictEqual(chosen, "correct horse")
      assert.strictEqual(shown, "Password: \nThe same again: \n")
    }))

  it.effect("is not asked for what another flag says", () =>
    Effect.gen(function*() {
      const stdin = Stream.make(bytesOf("correct horse"))
      assert.deepStrictEqual(yield* chooseShown({ stdin, typed: "x" }), { chosen: "correct horse", shown: "" })
    }))
})

const unclear: ReadonlyArray<readonly [given: Given, complaint: string]> = [
  [{}, "There is no terminal to ask for the password: give --password-stdin or --password-file."],
  [{ stdin: Stream.empty, file: "f" }, "Give either --password-stdin or --password-file, not both."]
]

it.effect.each(unclear)(
  "a password that comes from nowhere or from two places is refused (%#)",
  ([given, complaint]) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* choose(given), complaint)
    })
)

it.effect("the flags are off unless they are given", () =>
  Effect.gen(function*() {
    const none = Option.none()
    assert.deepStrictEqual<unknown>(yield* parseArguments(passwordFlags, []), {
      passwordStdin: false,
      passwordFile: none
    })
    const given = yield* parseArguments(passwordFlags, ["--password-stdin", "--password-file", "f"])
    assert.deepStrictEqual<unknown>(given, { passwordStdin: true, passwordFile: Option.some("f") })
  }))
