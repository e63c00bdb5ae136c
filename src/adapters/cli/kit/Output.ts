/**
 * Prints results to stdout, as text or JSON, and everything else to stderr.
 *
 * The text is for people and may change. The JSON is one line and only gains members.
 */
import { Console, DateTime, Effect } from "effect"
import { outputWritten } from "../../../platform/process/Signals.ts"
import { Json, Quiet } from "./GlobalFlags.ts"
import { harmless, harmlessJson } from "./HarmlessText.ts"
import { columnsOf, fitToColumns } from "./Lines.ts"
import type { View } from "./Table.ts"

/** A result in each form. */
export interface CommandResult {
  readonly json: unknown
  readonly text: string | ((view: View) => string)
  /** The text with `--quiet`. */
  readonly quiet: string
}

/** Prints the result of a command. */
export const printResult = Effect.fnUntraced(function*(result: CommandResult) {
  if (yield* Json) return yield* Console.log(harmlessJson(result.json))
  const wanted = (yield* Quiet) ? result.quiet : result.text
  const view: View = { columns: yield* columnsOf("stdout"), now: yield* DateTime.now }
  const text = typeof wanted === "string" ? fitToColumns(wanted, view.columns) : wanted(view)
  if (text !== "") yield* Console.log(harmless(text))
})

/** Prints a part of a long result on stdout. Returns whether the rest is wanted: nobody reads it after a `| head`. */
export const printPart = (lines: ReadonlyArray<string>): Effect.Effect<boolean> =>
  Effect.andThen(Console.log(lines.join("\n")), outputWritten)

/** Prints a note for people on stderr, unless it is empty or `--json` or `--quiet` is given. */
export const printNote = Effect.fnUntraced(function*(text: string) {
  if (text !== "" && !(yield* Json) && !(yield* Quiet)) yield* printOnStderr(text)
})

/** Prints a text on stderr, even with `--json` and `--quiet`. */
export const printOnStderr = Effect.fnUntraced(function*(text: string) {
  yield* Console.error(harmless(fitToColumns(text, yield* columnsOf("stderr"))))
})

/** Prints warnings on stderr, even with `--quiet`: sentences, or with `--json` a line of JSON each. */
export const printWarnings = Effect.fnUntraced(function*(messages: ReadonlyArray<string>) {
  const lines = (yield* Json)
    ? messages.map((message) => harmlessJson({ warning: { message } }))
    : messages.map(harmless)
  if (lines.length > 0) yield* Console.error(lines.join("\n"))
})

/** `1 session`, `2 sessions`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`
