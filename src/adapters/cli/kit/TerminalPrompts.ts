/**
 * Prompts that keep out of the result: they appear on stderr, and only where a person can answer.
 */
import { Config, Effect, Option, Stdio, Stream, Terminal } from "effect"

const variable = (name: string) => Effect.orDie(Config.option(Config.String(name)))

/**
 * A person can answer if they can type and see the question; stdout may be a pipe then. Colours are for a terminal on
 * stdout that has them, and whose user did not object (https://no-color.org).
 */
export const capabilities = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const isPlain = Option.exists(yield* variable("NO_COLOR"), (value) => value !== "") ||
    Option.contains(yield* variable("TERM"), "dumb")
  const canColor = (yield* stdio.stdoutIsTerminal) && !isPlain
  const canPrompt = (yield* stdio.stdinIsTerminal) && (yield* stdio.stderrIsTerminal)
  return { canColor, canPrompt, canAnimate: false }
})

/** The terminal, with what it displays on stderr. */
export const onStderr = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const terminal = yield* Terminal.Terminal
  return Terminal.make({
    ...terminal,
    display: (text) => Stream.run(Stream.succeed(text), stdio.stderr({ endOnDone: false }))
  })
})
