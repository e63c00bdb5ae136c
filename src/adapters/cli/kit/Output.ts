/**
 * What goes where: results to stdout, in the form that was asked for, and everything else to stderr.
 *
 * The text form is for people and may change; the JSON form is one line and only ever gains members.
 */
import { Console, DateTime, Effect, Option, Stdio, Terminal } from "effect"
import { Json, Quiet } from "./GlobalFlags.ts"
import { harmless, harmlessJson } from "./HarmlessText.ts"
import type { View } from "./Table.ts"

/** A result in each of its forms. */
export interface Answer {
  readonly json: unknown
  readonly text: string | ((view: View) => string)
  /** What `--quiet` leaves of the text. */
  readonly quiet: string
}

/** Prints the result of a command. */
export const answer = Effect.fnUntraced(function*(result: Answer) {
  if (yield* Json) return yield* Console.log(harmlessJson(result.json))
  const wanted = (yield* Quiet) ? result.quiet : result.text
  const text = typeof wanted === "string" ? wanted : wanted(yield* view)
  if (text !== "") yield* Console.log(harmless(text))
})

/** Tells a person something beside the result, if there is something to tell. */
export const note = Effect.fnUntraced(function*(text: string) {
  if (text !== "" && !(yield* Json) && !(yield* Quiet)) yield* Console.error(harmless(text))
})

/** `1 session`, `2 sessions`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

/** Programs get everything, whole and exact; only people who look at a terminal have it fitted. */
const view = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const terminal = yield* Terminal.Terminal
  const columns = (yield* stdio.stdoutIsTerminal) ? yield* terminal.columns : 0
  const seen: View = { columns: Option.filter(Option.some(columns), (count) => count > 0), now: yield* DateTime.now }
  return seen
})
