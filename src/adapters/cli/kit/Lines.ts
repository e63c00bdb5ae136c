/** Breaks texts between words into lines that fit the terminal. */
import { Effect, Option, Stdio, Terminal } from "effect"
import { CliOutput } from "effect/cli"

/** The columns of the terminal that shows a stream. `None` when it isn't a terminal. */
export const columnsOf = Effect.fnUntraced(function*(stream: "stdout" | "stderr") {
  const stdio = yield* Stdio.Stdio
  const terminal = yield* Terminal.Terminal
  const isShown = yield* stream === "stdout" ? stdio.stdoutIsTerminal : stdio.stderrIsTerminal
  return Option.filter(Option.some(isShown ? yield* terminal.columns : 0), (columns) => columns > 0)
})

/**
 * Fits a text to a terminal. Without one, the text stays unchanged. Continuations of an indented line are indented
 * further.
 */
export const fitToColumns = (text: string, columns: Option.Option<number>): string =>
  Option.match(columns, {
    onNone: () => text,
    onSome: (width) =>
      text.split("\n").flatMap((line) => {
        const [indent = ""] = /^ */.exec(line) ?? []
        return fillLines(line.trimStart().split(" "), width, indent, indent === "" ? "" : `${indent}  `)
      }).join("\n")
  })

/** Breaks a text into lines of at most `width` columns. */
export const wrapText = (text: string, width: number, indent: string): ReadonlyArray<string> =>
  fillLines(text.split(" "), width, indent, indent)

/** Puts as many words as fit into each line. */
export const fillLines = (
  words: ReadonlyArray<string>,
  width: number,
  indent: string,
  indentOfRest: string
): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = indent
  let isEmpty = true
  for (const word of words) {
    if (!isEmpty && CliOutput.displayWidth(line) + 1 + CliOutput.displayWidth(word) > width) {
      lines.push(line)
      line = indentOfRest
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line]
}
