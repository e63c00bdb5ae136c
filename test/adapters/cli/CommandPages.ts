/** The documents that are generated from the commands: `docs/cli.md` and a manual page. */
import type { HelpDoc } from "effect/cli"
import { argumentRow, exampleLines, flagRow } from "../../../src/adapters/cli/kit/HelpText.ts"
import { wrapText } from "../../../src/adapters/cli/kit/Lines.ts"

type Docs = ReadonlyArray<HelpDoc.HelpDoc>

const EXIT_CODES: ReadonlyArray<readonly [code: string, meaning: string]> = [
  ["0", "Done."],
  ["1", "The command failed: the database can't be reached, the output can't be written, or there is a bug."],
  ["2", "The usage was wrong, or a setting or input is missing or invalid."],
  ["3", "A rule refused it: for example, there is no such account, or the email is taken."],
  ["130", "It was interrupted, or a question was answered with no."]
]

const CONVENTIONS = [
  "Results go to standard output and everything else to standard error. With --json, results and errors are one line of " +
  "JSON, which only gains members.",
  "At a terminal, commands ask for missing values, and before they end or remove something. Lists fit its width, and show " +
  "instants relative to now. Without a terminal, commands ask nothing, and lists are whole and exact. NO_COLOR and " +
  "TERM=dumb turn escape codes off.",
  "Without IDENTITY_DATABASE_URL, commands use the embedded database, even while a server runs. " +
  "Settings come from flags, variables, .env and files."
]

/** The columns that remain for text on a manual page of 80. */
const MANUAL_WIDTH = 70

const nameOf = ({ commandPath }: HelpDoc.HelpDoc): string => (commandPath ?? []).join(" ")

const rowsOf = (doc: HelpDoc.HelpDoc) => [...(doc.args ?? []).map(argumentRow), ...doc.flags.map(flagRow)]

/** `docs/cli.md`. */
export const commandsPage = ([program, ...commands]: Docs): string =>
  [
    "# Command line",
    ...CONVENTIONS.map(paragraph),
    paragraph(
      "Completions: `identity --completions bash >> ~/.bashrc`, and likewise for zsh, fish and PowerShell. " +
        "This is also a manual page: [identity.1](identity.1), `man -l docs/identity.1`."
    ),
    table(["Exit code", ""], EXIT_CODES),
    "## Flags of every command",
    table(["Flag", ""], (program?.globalFlags ?? []).map(flagRow).map(({ description, name }) => [name, description])),
    ...commands.flatMap((doc) => [
      `## ${nameOf(doc)}`,
      paragraph(doc.description),
      ["```sh", doc.usage, "```"].join("\n"),
      ...(rowsOf(doc).length === 0 ? [] : [
        table(["", ""], rowsOf(doc).map(({ description, name }) => [name, description]))
      ]),
      ...(doc.examples === undefined || doc.examples.length === 0 ? [] : [
        ["```sh", ...exampleLines(doc.examples, 120).map((line) => line.trim()), "```"].join("\n")
      ])
    ])
  ].join("\n\n") + "\n"

const paragraph = (text: string): string => wrapText(code(text), 120, "").join("\n")

/** Marks flags and variables in a sentence as code, unless they already are. */
const code = (text: string): string =>
  text.replace(
    /`[^`]*`|(?<![\w-])(?:--[a-z-]+|IDENTITY_[A-Z_]+|NO_COLOR|TERM=dumb|\.env)(?!\w)/g,
    (found) => found.startsWith("`") ? found : `\`${found}\``
  )

const table = (headings: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [
    `| ${headings.join(" | ")} |`,
    `|${headings.map(() => "---").join("|")}|`,
    ...rows.map(([name = "", text = ""]) =>
      `| \`${name.replaceAll("|", "\\|")}\` | ${code(text.replaceAll("|", "\\|"))} |`
    )
  ].join("\n")

/** `docs/identity.1`, for `man`. */
export const manualPage = ([program, ...commands]: Docs): string =>
  [
    ".\\\" Made from the commands.",
    ".TH IDENTITY 1 \"\" \"identity\" \"User Commands\"",
    ".SH NAME",
    "identity \\- accounts and sessions of an application",
    ".SH SYNOPSIS",
    ".B identity",
    roff("<command> [flags]"),
    ".SH DESCRIPTION",
    roff(program?.description ?? ""),
    ...CONVENTIONS.flatMap((text) => [".PP", roff(text)]),
    ".SH COMMANDS",
    ...commands.flatMap((doc) => [
      `.SS ${roff(doc.usage)}`,
      roff(doc.description),
      ...rowsOf(doc).flatMap(tagged),
      ...(doc.examples === undefined || doc.examples.length === 0 ? [] : [
        ".PP",
        ".nf",
        ...exampleLines(doc.examples, MANUAL_WIDTH).map(roff),
        ".fi"
      ])
    ]),
    ".SH OPTIONS",
    "Every command takes these:",
    ...(program?.globalFlags ?? []).map(flagRow).flatMap(tagged),
    ".SH EXIT STATUS",
    ...EXIT_CODES.flatMap(([name, description]) => tagged({ name, description })),
    ".SH ENVIRONMENT",
    roff("`identity config` prints every setting; docs/configuration.md explains them."),
    ""
  ].join("\n")

const tagged = ({ description, name }: { readonly name: string; readonly description: string }) => [
  ".TP",
  `.B ${roff(name)}`,
  roff(description)
]

/** Text without troff requests or escapes, and with hyphens that can be copied. */
const roff = (text: string): string =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("…", "\\(el")
    .replace(/^(?=[.'])/gm, "\\&")
