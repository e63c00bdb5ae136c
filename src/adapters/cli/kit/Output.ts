/**
 * What goes where: results to stdout, in the form that was asked for, and everything else to stderr.
 *
 * The text form is for people and may change; the JSON form is one line and only ever gains members.
 */
import { Console, DateTime, Effect } from "effect"
import { Json, Quiet } from "./GlobalFlags.ts"
import { harmless, harmlessJson } from "./HarmlessText.ts"
import { columnsOf, fitted } from "./Lines.ts"
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
  const view: View = { columns: yield* columnsOf("stdout"), now: yield* DateTime.now }
  const text = typeof wanted === "string" ? fitted(wanted, view.columns) : wanted(view)
  if (text !== "") yield* Console.log(harmless(text))
})

/** Tells a person something beside the result, if there is something to tell. */
export const note = Effect.fnUntraced(function*(text: string) {
  if (text !== "" && !(yield* Json) && !(yield* Quiet)) yield* tell(text)
})

/** Tells a person something on stderr, whatever they asked for. */
export const tell = Effect.fnUntraced(function*(text: string) {
  yield* Console.error(harmless(fitted(text, yield* columnsOf("stderr"))))
})

/** `1 session`, `2 sessions`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`
