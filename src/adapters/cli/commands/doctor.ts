import { Effect } from "effect"
import { Command } from "effect/cli"
import { CommandName, typeable } from "../../../kernel/CommandName.ts"
import type { Finding } from "../../../kernel/Finding.ts"
import { CommandFailed } from "../../../platform/process/CommandFailed.ts"
import { Application } from "../kit/Application.ts"
import { invocation } from "../kit/GlobalFlags.ts"
import { plural, printNote, printResult } from "../kit/Output.ts"
import type { CommandResult } from "../kit/Output.ts"
import { noteIfSlow } from "../kit/Progress.ts"
import { proseTable } from "../kit/Table.ts"

export const doctor = Command.make("doctor").pipe(
  Command.withDescription(
    "Checks the settings, signing keys, certificates, limits and clock of this machine, and the database. It changes " +
      "and starts nothing. Run it beside the server, with the server's user and limits. Exits 3 when something must " +
      "be mended."
  ),
  Command.withShortDescription("Checks the installation"),
  Command.withExamples([
    { command: "identity doctor" },
    { command: "identity doctor --quiet", description: "Print only the names of the checks that are not ok" }
  ]),
  Command.withHandler(Effect.fnUntraced(function*() {
    const application = yield* Application
    const findings = yield* noteIfSlow("Checking", application.examine(yield* invocation))
    yield* printResult(describe(findings, yield* CommandName))
    const said = sayOnce(findings)
    const count = (outcome: Finding["outcome"]) => said.filter((finding) => finding.outcome === outcome).length
    const [failures, warnings] = [count("failure"), count("warning")]
    if (failures > 0) {
      const message = `${plural(failures, "failure")} must be mended.`
      return yield* new CommandFailed({ exitCode: 3, code: "must-be-mended", message })
    }
    yield* printNote(warnings === 0 ? "All is well." : `Nothing must be mended. ${plural(warnings, "warning")}.`)
  }))
)

interface Statement extends Omit<Finding, "check"> {
  readonly checks: ReadonlyArray<Finding["check"]>
}

/** Findings for people, who read once what several checks in a row have found. */
const sayOnce = (findings: ReadonlyArray<Finding>): ReadonlyArray<Statement> => {
  const statements: Array<Statement> = []
  for (const { check, ...found } of findings) {
    const last = statements.at(-1)
    const isSame = last?.detail === found.detail && last.advice === found.advice && last.outcome === found.outcome
    if (isSame) statements.push({ ...found, checks: [...statements.pop()?.checks ?? [], check] })
    else statements.push({ ...found, checks: [check] })
  }
  return statements
}

const describe = (findings: ReadonlyArray<Finding>, commandName: string): CommandResult => ({
  json: {
    findings: findings.map(({ advice = null, check, detail, outcome }) => ({ check, outcome, detail, advice }))
  },
  text: proseTable(
    ["CHECK", "OUTCOME", "DETAIL"],
    sayOnce(findings).map(({ advice = "", checks, detail, outcome }) => {
      const text = typeable(`${detail} ${advice}`.trim(), commandName)
      return checks.length === 1
        ? [checks.join(), outcome, text]
        : [plural(checks.length, "check"), outcome, `${text} The checks are ${checks.join(", ")}.`]
    })
  ),
  quiet: findings.filter(({ outcome }) => outcome !== "ok").map(({ check, outcome }) => `${check} ${outcome}`).join(
    "\n"
  )
})
