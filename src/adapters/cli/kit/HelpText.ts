/** The help of a command as text, in lines that fit the terminal. */
import { Option } from "effect"
import { CliOutput } from "effect/cli"
import type { HelpDoc } from "effect/cli"
import { fillLines, wrapText } from "./Lines.ts"

export interface HelpForm {
  /** The most columns of a line. */
  readonly width: number
  /** Whether headings are in bold. */
  readonly isBold: boolean
}

interface Row {
  readonly name: string
  readonly description: string
}

const INDENT = "  "

/** The widest first column. A longer name has its description below it. */
const NAME_WIDTH_MAX = 26

/** The narrowest second column. With less room, descriptions are below the names. */
const DESCRIPTION_WIDTH_MIN = 30

export const helpText = (doc: HelpDoc.HelpDoc, { isBold, width }: HelpForm): string => {
  const section = (heading: string, lines: ReadonlyArray<string>) =>
    lines.length === 0 ? [] : [[isBold ? `\u001b[1m${heading}\u001b[0m` : heading, ...lines].join("\n")]
  const rows = (entries: ReadonlyArray<Row>) => rowLines(entries, width)
  return [
    ...section("DESCRIPTION", wrapText(doc.description, width, INDENT)),
    ...section("USAGE", wrapText(doc.usage, width, INDENT)),
    ...section("ARGUMENTS", rows((doc.args ?? []).map(argumentRow))),
    ...section("FLAGS", rows(doc.flags.map(flagRow))),
    ...section("GLOBAL FLAGS", rows((doc.globalFlags ?? []).map(flagRow))),
    ...(doc.subcommands ?? []).flatMap(({ commands, group }) =>
      section(
        (group ?? "").toUpperCase(),
        rows(commands.map(({ description, name, shortDescription }) => ({
          name,
          description: shortDescription ?? description
        })))
      )
    ),
    ...section("EXAMPLES", exampleLines(doc.examples ?? [], width))
  ].join("\n\n")
}

export const flagRow = ({ aliases, description, name, type }: HelpDoc.FlagDoc): Row => ({
  name: [`--${name}`, ...aliases].join(", ") + (type === "boolean" ? "" : ` ${type}`),
  description: Option.getOrElse(description, () => "")
})

export const argumentRow = ({ description, name, required }: HelpDoc.ArgDoc): Row => ({
  name,
  description: Option.getOrElse(description, () => "") + (required ? "" : " (optional)")
})

const rowLines = (rows: ReadonlyArray<Row>, width: number): ReadonlyArray<string> => {
  const names = rows.map(({ name }) => CliOutput.displayWidth(name))
  const column = Math.max(0, ...names.filter((length) => length <= NAME_WIDTH_MAX)) + INDENT.length
  const isRoomy = width - INDENT.length - column >= DESCRIPTION_WIDTH_MIN
  const indent = INDENT + (isRoomy ? " ".repeat(column) : INDENT.repeat(2))
  return rows.flatMap(({ description, name }) => {
    const [first = "", ...rest] = wrapText(description, width, indent)
    return name.length > NAME_WIDTH_MAX || !isRoomy
      ? [INDENT + name, first, ...rest]
      : [(INDENT + name.padEnd(column) + first.slice(indent.length)).trimEnd(), ...rest]
  })
}

/** Breaks shell commands with a backslash, but never within quotes or between a flag and its value. */
export const exampleLines = (examples: ReadonlyArray<HelpDoc.ExampleDoc>, width: number): ReadonlyArray<string> =>
  examples.flatMap(({ command, description }, index) => [
    ...(index === 0 || (description === undefined && examples[index - 1]?.description === undefined) ? [] : [""]),
    ...(description === undefined ? [] : wrapText(`# ${description}`, width, INDENT)),
    ...fillLines(command.match(shellWords) ?? [], width - " \\".length, INDENT, `${INDENT}  `)
      .map((line, number, all) => number < all.length - 1 ? `${line} \\` : line)
  ])

const shellWords = /(?:--[\w-]+ (?!-))?(?:"[^"]*"|<\([^)]*\)|\S)+/g
