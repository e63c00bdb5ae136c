/**
 * How a command comes by a password: hidden prompt, standard input or file. Never a flag or a variable, because other
 * users of the machine can read both, and shells remember flags (CWE-214).
 */
import { Context, Effect, Option, Redacted, Schema, SchemaIssue, Stdio, Stream } from "effect"
import { Flag, Prompt, TerminalCapabilities } from "effect/cli"
import { NewPassword } from "../../domain/model/Password.ts"
import type { Password } from "../../domain/model/Password.ts"
import { wrongUsage } from "./Failure.ts"
import { bytesOf } from "./FileInput.ts"
import { tellingIfSlow } from "./Progress.ts"

export const passwordFlags = {
  passwordStdin: Flag.Boolean("password-stdin").pipe(
    Flag.withDescription("Read the password from standard input"),
    Flag.withDefault(false),
    Flag.withoutNegation
  ),
  passwordFile: Flag.String("password-file").pipe(
    Flag.withDescription("Read the password from a file or pipe"),
    Flag.withMetavar("FILE"),
    Flag.optional
  )
}

/** The password that `choosePassword` got hold of. */
export class ChosenPassword extends Context.Service<ChosenPassword, Password>()(
  "identityd/adapters/cli/Secrets/ChosenPassword"
) {}

/** A password that somebody chooses. A line break at its end is not part of it. */
export const choosePassword = Effect.fnUntraced(function*(flags: {
  readonly passwordStdin: boolean
  readonly passwordFile: Option.Option<string>
}) {
  if (flags.passwordStdin && Option.isSome(flags.passwordFile)) {
    return yield* wrongUsage("Give either --password-stdin or --password-file, not both.")
  }
  if (flags.passwordStdin) return yield* decodePassword(yield* readStdin)
  if (Option.isSome(flags.passwordFile)) return yield* decodePassword(yield* readFile(flags.passwordFile.value))
  const { canPrompt } = yield* TerminalCapabilities.TerminalCapabilities
  if (!canPrompt) {
    return yield* wrongUsage("There is no terminal to ask for the password: give --password-stdin or --password-file.")
  }
  return yield* decodePassword(Redacted.value(yield* promptTwice("Password")))
})

const promptTwice = (message: string): Prompt.Prompt<Redacted.Redacted> =>
  Prompt.all([Prompt.Hidden({ message }), Prompt.Hidden({ message: "The same again" })]).pipe(
    Prompt.flatMap(([first, second]) =>
      Redacted.value(first) === Redacted.value(second)
        ? Prompt.succeed(first)
        : promptTwice("The two differ. Password")
    )
  )

const readStdin = Effect.flatMap(Stdio.Stdio, ({ stdin }) => readText(stdin, "Standard input can't be read."))

const readFile = (path: string) =>
  tellingIfSlow(
    "Waiting for the password file",
    readText(bytesOf(path), `The password file ${JSON.stringify(path)} can't be read.`)
  )

/** More than any password may have, so that a mistaken file or device is refused and not read to its end. */
const BYTES_MAX = 64 * 1024

const readText = Effect.fnUntraced(function*<E>(bytes: Stream.Stream<Uint8Array, E>, complaint: string) {
  const chunks: Array<Uint8Array> = []
  let length = 0
  yield* bytes.pipe(
    Stream.takeWhile(() => length <= BYTES_MAX),
    Stream.runForEach((chunk) =>
      Effect.sync(() => {
        chunks.push(chunk)
        length += chunk.length
      })
    ),
    Effect.mapError(() => wrongUsage(complaint))
  )
  return yield* decodeText(Buffer.concat(chunks))
})

const decodeText = (bytes: Uint8Array) =>
  Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).replace(/\r?\n$/, ""),
    catch: () => wrongUsage("The password is not valid UTF-8.")
  })

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

const decodePassword = (text: string): Effect.Effect<Password, ReturnType<typeof wrongUsage>> =>
  Effect.mapError(
    Schema.decodeEffect(NewPassword)(text),
    ({ issue }) => wrongUsage(`The password ${formatIssue(issue).issues[0]?.message ?? "is not accepted"}.`)
  )
