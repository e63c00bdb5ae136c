import { Console, Effect, Stream } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Imports } from "../../../domain/admin/Imports.ts"
import { IfExists } from "../../../domain/model/ImportRow.ts"
import type { RowOutcome } from "../../../domain/model/ImportRow.ts"
import { CommandFailed } from "../../../platform/process/CommandFailed.ts"
import { collectRarely } from "../../../platform/process/Heap.ts"
import { giveWay } from "../../../platform/process/Priority.ts"
import { importLines } from "../../../resources/ImportLines.ts"
import type { ImportLine } from "../../../resources/ImportLines.ts"
import { outcomeResource } from "../../../resources/ImportRows.ts"
import { choiceFlag, switchFlag } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { inputSize, readInput } from "../kit/FileInput.ts"
import { Json } from "../kit/GlobalFlags.ts"
import { harmless, harmlessJson } from "../kit/HarmlessText.ts"
import { plural, printResult } from "../kit/Output.ts"
import { startPace } from "../kit/Pace.ts"
import { makeProgress } from "../kit/Progress.ts"

export const importAccounts = Command.make("import-accounts", {
  file: Argument.String("file").pipe(
    Argument.withDescription("A file with one account as JSON in each line, or - for standard input")
  ),
  dryRun: switchFlag("dry-run", "Check every row and say what would become of it, without changing anything"),
  ifExists: choiceFlag(
    "if-exists",
    IfExists.literals,
    "ACTION",
    "What to do with accounts that exist and differ (default refuse)"
  ).pipe(Flag.withDefault("refuse"))
}).pipe(
  Command.withDescription(
    "Brings accounts from another system, with their password hashes. Each row happens wholly or not at all. An " +
      "import that was interrupted can be run again: what is there already is unchanged. With --json, prints what " +
      "became of each row, one line a row. Exits 3 when rows were refused. `identity convert-import` makes " +
      "rows of other systems' exports."
  ),
  Command.withShortDescription("Imports accounts"),
  Command.withExamples([
    { command: "identity import-accounts accounts.ndjson --dry-run" },
    { command: "identity import-accounts accounts.ndjson --if-exists update --json" }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ dryRun, file, ifExists }) {
    // Checks beside an import are worth more than its speed.
    const leaveProcessors = yield* giveWay
    yield* collectRarely
    const imports = yield* Imports
    const importRows = yield* imports.begin({ dryRun, ifExists })
    const size = inputSize(file)
    const pace = yield* startPace
    let read = 0
    const bytes = Stream.tap(readInput(file), (chunk) =>
      Effect.sync(() => {
        read += chunk.length
      }))
    const totals: Totals = { created: 0, updated: 0, unchanged: 0, refused: 0 }
    const progress = yield* makeProgress(() =>
      `${sum(totals)} rows done, ${totals.refused} refused, ${pace(sum(totals), read, size)}`
    )
    yield* importLines(bytes).pipe(
      Stream.mapEffect(
        (lines) => Effect.map(importRows(lines.map(({ row }) => row)), (outcomes) => ({ lines, outcomes })),
        { concurrency: 2 }
      ),
      Stream.runForEach(Effect.fnUntraced(function*({ lines, outcomes }) {
        for (const { outcome } of outcomes) totals[outcome] += 1
        yield* printOutcomes(lines, outcomes)
        yield* progress(undefined)
        yield* leaveProcessors
      }))
    )
    if (!(yield* Json)) yield* printResult(describeTotals(totals, dryRun))
    if (totals.refused > 0) return yield* refused(totals)
  })),
  Command.provide(services)
)

type Totals = Record<RowOutcome["outcome"], number>

const sum = ({ created, refused, unchanged, updated }: Totals): number => created + updated + unchanged + refused

const printOutcomes = Effect.fnUntraced(function*(
  lines: ReadonlyArray<ImportLine>,
  outcomes: ReadonlyArray<RowOutcome>
) {
  if (yield* Json) {
    const all = lines.flatMap((line, index) => {
      const outcome = outcomes[index]
      return outcome === undefined ? [] : [harmlessJson(outcomeResource(line, outcome))]
    })
    return yield* Console.log(all.join("\n"))
  }
  const complaints = lines.flatMap(({ line }, index) => {
    const outcome = outcomes[index]
    if (outcome?.outcome !== "refused") return []
    return outcome.errors.map(({ detail, pointer }) => `Line ${line}: ${pointer || "the row"} ${detail}.`)
  })
  if (complaints.length > 0) yield* Console.error(harmless(complaints.join("\n")))
})

const describeTotals = (totals: Totals, dryRun: boolean) => {
  const { created, refused, unchanged, updated } = totals
  const said = `created ${created}, updated ${updated}, left ${unchanged} unchanged and refused ${refused}`
  const text = dryRun
    ? `Of ${plural(sum(totals), "row")}, an import would have ${said}.`
    : `Of ${plural(sum(totals), "row")}, the import ${said}.`
  return { json: totals, text, quiet: "" }
}

const refused = (totals: Totals) =>
  new CommandFailed({
    exitCode: 3,
    code: "rows-refused",
    message: `${plural(totals.refused, "row")} of ${sum(totals)} ${totals.refused === 1 ? "was" : "were"} refused.`
  })
