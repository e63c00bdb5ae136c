/**
 * Reads a password from a hidden prompt, standard input or a file. Never from a flag or a variable, because other users
 * of the machine can read both, and shells store flags in their history (CWE-214).
 */
import { Console, Context, Effect, Option, Result, Stdio, Stream } from "effect"
import { TerminalCapabilities } from "effect/cli"
import { PasswordRejected } from "../../../domain/model/IdentityErrors.ts"
import { NewPassword } from "../../../domain/model/Password.ts"
import type { Password } from "../../../domain/model/Password.ts"
import { decodeArgument, switchFlag, textFlag } from "./Arguments.ts"
import { explainRefusals, wrongUsage } from "./Failure.ts"
import { readBytes } from "./FileInput.ts"
import { noteIfSlow } from "./Progress.ts"
import { withQuestions } from "./Questions.ts"

export const passwordFlags = {
  passwordStdin: switchFlag("password-stdin", "Read the password from standard input"),
  passwordFile: textFlag("password-file", "FILE", "Read the password from a file or pipe")
}

/** The password given by flags. `None` if the person at the terminal has to be asked. */
export class GivenPassword extends Context.Service<GivenPassword, Option.Option<Password>>()(
  "identityd/adapters/cli/kit/PasswordInput/GivenPassword"
) {}

export interface PasswordFlags {
  readonly passwordStdin: boolean
  readonly passwordFile: Option.Option<string>
}

/** Fails when two flags give a password. For commands that ask for something else first. */
export const refuseBoth = Effect.fnUntraced(function*({ passwordFile, passwordStdin }: PasswordFlags) {
  if (!passwordStdin || Option.isNone(passwordFile)) return
  return yield* wrongUsage("Give either --password-stdin or --password-file, not both.")
})

/**
 * Reads the password that flags give, before anything starts, without a line break at its end. Fails when there is
 * neither a flag nor a terminal.
 */
export const readPassword = Effect.fnUntraced(function*(flags: PasswordFlags) {
  yield* refuseBoth(flags)
  if (flags.passwordStdin) return Option.some(yield* decodePassword(yield* readStdin))
  if (Option.isSome(flags.passwordFile)) {
    return Option.some(yield* decodePassword(yield* readFile(flags.passwordFile.value)))
  }
  const { canPrompt } = yield* TerminalCapabilities.TerminalCapabilities
  if (!canPrompt) {
    return yield* wrongUsage("There is no terminal to ask for the password: give --password-stdin or --password-file.")
  }
  return Option.none()
})

/** The given password. Otherwise asks for one until nothing is against it, and then for the same once more. */
export const givenOrAsked = Effect.fnUntraced(function*<E, R>(
  judge: (password: Password) => Effect.Effect<void, PasswordRejected | E, R>
) {
  const given = yield* GivenPassword
  if (Option.isSome(given)) return given.value
  return yield* withQuestions(Effect.fnUntraced(function*({ line }) {
    while (true) {
      const text = yield* line("Password", { hidden: true })
      const password = decodeArgument(NewPassword, text)
      const complaint = Result.isFailure(password)
        ? `It ${password.failure}.`
        : yield* complaintOf(judge(password.success))
      if (Result.isSuccess(password) && complaint === undefined) {
        if (text === (yield* line("The same again", { hidden: true }))) return password.success
        yield* Console.error("The two differ.")
      } else yield* Console.error(complaint)
    }
  }))
})

const complaintOf = <E, R>(judged: Effect.Effect<void, PasswordRejected | E, R>) =>
  Effect.matchEffect(judged, {
    onSuccess: () => Effect.undefined,
    onFailure: (error) =>
      error instanceof PasswordRejected
        ? Effect.succeed(explainRefusals(error, "It"))
        : Effect.fail(error)
  })

const readStdin = Effect.flatMap(Stdio.Stdio, ({ stdin }) => readText(stdin, "Standard input can't be read."))

const readFile = (path: string) =>
  noteIfSlow(
    "Waiting for the password file",
    readText(readBytes(path), `The password file ${JSON.stringify(path)} can't be read.`)
  )

/** More than any password may have. A larger file or a device is refused without reading all of it. */
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

const decodePassword = (text: string): Effect.Effect<Password, ReturnType<typeof wrongUsage>> =>
  Effect.mapError(
    Effect.fromResult(decodeArgument(NewPassword, text)),
    (problem) => wrongUsage(`The password ${problem}.`)
  )
