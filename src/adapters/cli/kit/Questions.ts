/**
 * Asks a person at a terminal, on stderr and key by key. Prompts are plain text without escape sequences, so every
 * terminal shows them, and there is nothing to restore when the person gives up.
 */
import { Console, Effect, Option, Queue, Result, Terminal } from "effect"
import type { Cause, Schema } from "effect"
import { decodeArgument } from "./Arguments.ts"
import { columnsOf, fitToColumns } from "./Lines.ts"

export interface Questions {
  /** A line of text. A hidden one isn't shown while it is typed. */
  readonly line: (
    question: string,
    options?: { readonly hidden?: boolean }
  ) => Effect.Effect<string, Terminal.QuitError>
  /** Whether the person agrees, by one key. Any key but `y` is no. */
  readonly agreed: (question: string) => Effect.Effect<boolean, Terminal.QuitError>
}

type Keys = Queue.Dequeue<Terminal.UserInput, Cause.Done>

/** Asks questions. Giving up, by Ctrl-C or Escape, interrupts the command. */
export const withQuestions = <A, E, R>(talk: (questions: Questions) => Effect.Effect<A, E, R>) =>
  Effect.scoped(Effect.gen(function*() {
    const terminal = yield* Terminal.Terminal
    const keys = yield* terminal.readInput
    const display = (text: string) => Effect.orDie(terminal.display(text))
    const columns = yield* columnsOf("stderr")
    // The next output starts on a new line.
    const unlessGivenUp = <B>(answer: Effect.Effect<B, Cause.Done>) =>
      Effect.mapError(Effect.tapError(answer, () => display("\n")), () => new Terminal.QuitError({}))
    return yield* talk({
      line: (question, { hidden = false } = {}) =>
        unlessGivenUp(Effect.andThen(display(`${question}: `), readLine(keys, hidden ? silently : display, display))),
      agreed: (question) =>
        unlessGivenUp(Effect.gen(function*() {
          yield* display(fitToColumns(`${question} [y/N] `, columns))
          const agreed = (yield* takeLetter(keys)) === "y"
          yield* display(agreed ? "y\n" : "n\n")
          return agreed
        }))
    })
  }))

/** The next key. Skips the keys for giving up, after which the queue ends. */
const takeLetter: (keys: Keys) => Effect.Effect<string, Cause.Done> = (keys) =>
  Effect.flatMap(
    Queue.take(keys),
    ({ key }) => key.ctrl || key.meta || key.name === "escape" ? takeLetter(keys) : Effect.succeed(key.name)
  )

const silently = () => Effect.void

const readLine = Effect.fnUntraced(function*(
  keys: Keys,
  echo: (text: string) => Effect.Effect<void>,
  display: (text: string) => Effect.Effect<void>
) {
  const typed: Array<string> = []
  while (true) {
    const { input, key } = yield* Queue.take(keys)
    const text = Option.getOrElse(input, () => "")
    if (key.name === "return" || key.name === "enter") {
      yield* display("\n")
      return typed.join("")
    }
    if (key.name === "backspace") {
      if (typed.pop() !== undefined) yield* echo("\b \b")
    } else if (text !== "" && !/\p{Cc}/u.test(text) && !key.meta) {
      typed.push(text)
      yield* echo(text)
    }
  }
})

/** Judges a value that somebody entered: a sentence against it, or none. */
export type Judge<A, E, R> = (value: A) => Effect.Effect<string | undefined, E, R>

/** A line that a schema accepts and nobody objects to. Asks again with the reason until then. */
export const valueFor = Effect.fnUntraced(
  function*<A, E = never, R = never>(
    questions: Questions,
    question: string,
    schema: Schema.ConstraintCodec<A, string>,
    judge: Judge<A, E, R> = () => Effect.undefined
  ) {
    while (true) {
      const text = yield* questions.line(question)
      const decoded = decodeArgument(schema, text)
      const complaint = Result.isFailure(decoded) ? `It ${decoded.failure}.` : yield* judge(decoded.success)
      if (Result.isSuccess(decoded) && complaint === undefined) return decoded.success
      yield* Console.error(complaint)
    }
  }
)
