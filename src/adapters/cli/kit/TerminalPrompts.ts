/** Prompts on stderr, shown only when a person can answer. They never mix with the result. */
import { Config, Effect, Option, Stdio, Stream, Terminal } from "effect"

const variable = (name: string) => Effect.orDie(Config.option(Config.String(name)))

/**
 * A person can answer when stdin and stderr are terminals, even if stdout is a pipe. Colours need a terminal on stdout
 * that supports them, and no `NO_COLOR` (https://no-color.org).
 */
export const capabilities = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const isPlain = Option.exists(yield* variable("NO_COLOR"), (value) => value !== "") ||
    Option.contains(yield* variable("TERM"), "dumb")
  const canColor = (yield* stdio.stdoutIsTerminal) && !isPlain
  const canPrompt = (yield* stdio.stdinIsTerminal) && (yield* stdio.stderrIsTerminal)
  return { canColor, canPrompt, canAnimate: false }
})

/** The terminal, displaying on stderr. */
export const onStderr = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const terminal = yield* Terminal.Terminal
  return Terminal.make({
    ...terminal,
    display: (text) => Stream.run(Stream.succeed(text), stdio.stderr({ endOnDone: false }))
  })
})
