/**
 * What goes where: results to stdout, in the form that was asked for, and everything else to stderr.
 *
 * The text form is for people and may change; the JSON form is one line and only ever gains members.
 */
import { Console, Effect } from "effect"
import { CliOutput } from "effect/cli"
import { Json, Quiet } from "./GlobalFlags.ts"

/** A result in each of its forms. */
export interface Answer {
  readonly json: unknown
  readonly text: string
  /** What `--quiet` leaves of the text. */
  readonly quiet: string
}

/** Prints the result of a command. */
export const answer = Effect.fnUntraced(function*(result: Answer) {
  if (yield* Json) return yield* Console.log(JSON.stringify(result.json))
  const text = (yield* Quiet) ? result.quiet : result.text
  if (text !== "") yield* Console.log(text)
})

/** Tells a person something beside the result. */
export const note = Effect.fnUntraced(function*(text: string) {
  if (!(yield* Json) && !(yield* Quiet)) yield* Console.error(text)
})

/** Rows under headings, as wide as they need to be. */
export const table = (headings: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const lines = [headings, ...rows.map((row) => row.map(printable))]
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((line) => CliOutput.displayWidth(line[column] ?? "")))
  )
  return lines
    .map((line) => line.map((cell, column) => pad(cell, widths[column] ?? 0)).join("  ").trimEnd())
    .join("\n")
}

/** One thing, a line a property. */
export const properties = (entries: ReadonlyArray<readonly [name: string, value: string]>): string => {
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`.trimEnd()).join("\n")
}

/** `1 session`, `2 sessions`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

const pad = (cell: string, width: number): string =>
  cell + " ".repeat(Math.max(0, width - CliOutput.displayWidth(cell)))

/**
 * Names and user agents are what strangers sent. A control character or a reversal of direction in one could make a
 * terminal do or show anything, so none gets there (CWE-150).
 */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/gu, "�")
