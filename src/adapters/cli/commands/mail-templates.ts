import { Effect, Option } from "effect"
import { CliError, Command } from "effect/cli"
import { CommandFailed } from "../../../platform/process/CommandFailed.ts"
import { Application } from "../kit/Application.ts"
import { textFlag } from "../kit/Arguments.ts"
import { plural, printNote, printResult } from "../kit/Output.ts"

export const mailTemplates = Command.make("mail-templates", {
  toExport: textFlag("export", "DIR", "Write the built-in templates into this directory"),
  toCheck: textFlag("check", "DIR", "Look for mistakes in the templates of this directory")
}).pipe(
  Command.withDescription(
    "Writes the built-in templates of mails, to be changed and named by IDENTITY_MAIL_TEMPLATES, or checks such a " +
      "directory as the server does when it starts. Files that are there already are never overwritten. A check " +
      "exits 3 when there are mistakes."
  ),
  Command.withShortDescription("Writes or checks the templates of mails"),
  Command.withExamples([
    { command: "identity mail-templates --export templates" },
    { command: "identity mail-templates --check templates" }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ toCheck, toExport }) {
    if (Option.isSome(toExport) === Option.isSome(toCheck)) {
      return yield* new CliError.ValidationError({ message: "Give either --export or --check, with a directory." })
    }
    if (Option.isSome(toExport)) return yield* write(toExport.value)
    if (Option.isSome(toCheck)) return yield* check(toCheck.value)
  }))
)

const write = Effect.fnUntraced(function*(directory: string) {
  const { mailTemplates } = yield* Application
  const files = yield* mailTemplates.write(directory)
  const lines = files.join("\n")
  yield* printResult({ json: { files }, text: lines, quiet: lines })
  yield* printNote(`Wrote ${plural(files.length, "template")}. Remove those that you don't change.`)
})

const check = Effect.fnUntraced(function*(directory: string) {
  const { mailTemplates } = yield* Application
  const problems = yield* mailTemplates.check(directory)
  const lines = problems.map(({ file, problem }) => `${file} ${problem}${problem.endsWith("?") ? "" : "."}`).join("\n")
  yield* printResult({ json: { problems }, text: lines, quiet: lines })
  if (problems.length > 0) {
    const message = `${plural(problems.length, "mistake")} must be mended.`
    return yield* new CommandFailed({ exitCode: 3, code: "must-be-mended", message })
  }
  yield* printNote("All templates are right.")
})
