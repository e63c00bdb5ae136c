import { DateTime, Effect, Option, Stream } from "effect"
import { Argument, Command } from "effect/cli"
import { CommandFailed } from "../../../platform/process/CommandFailed.ts"
import { makeConversion } from "../conversion/Conversion.ts"
import { readFirebaseParameters } from "../conversion/PortableHashes.ts"
import { explainForeign } from "../conversion/Recognition.ts"
import { systems } from "../conversion/Systems.ts"
import type { SystemName } from "../conversion/Systems.ts"
import { Application } from "../kit/Application.ts"
import { choiceFlag, textFlag } from "../kit/Arguments.ts"
import { wrongUsage } from "../kit/Failure.ts"
import { readInput } from "../kit/FileInput.ts"
import { plural, printNote, printPart, printWarnings } from "../kit/Output.ts"

const isSystem = (name: string): name is SystemName => name in systems

const SYSTEMS = Object.keys(systems).filter(isSystem)

export const convertImport = Command.make("convert-import", {
  from: choiceFlag("from", SYSTEMS, "SYSTEM", "The system that made the file"),
  file: Argument.String("file").pipe(Argument.withDescription("Its export, or - for standard input")),
  firebaseParameters: textFlag(
    "firebase-parameters",
    "FILE",
    "The password hash parameters of the Firebase project, as its console shows them"
  )
}).pipe(
  Command.withDescription(
    "Makes rows for `identity import-accounts` out of another system's export: JSON, a line of JSON for each user, " +
      "CSV with a header, LDIF, or htpasswd. Prints the rows on stdout, and on stderr the records that are left out " +
      "or lose something, with --json as a line of JSON each. " +
      "Exits 3 when some are left out, and 2 when it isn't that system's export."
  ),
  Command.withShortDescription("Converts another system's accounts"),
  Command.withExamples([
    { command: "identity convert-import --from keycloak realm.json > accounts.ndjson" },
    { command: "identity convert-import --from firebase users.json --firebase-parameters hash.txt > accounts.ndjson" }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ file, firebaseParameters, from }) {
    const given = yield* Effect.transposeOption(Option.map(firebaseParameters, readParameters))
    const { convert, end, isRecognised } = makeConversion(
      from,
      { firebase: Option.getOrUndefined(given), now: yield* DateTime.now },
      yield* (yield* Application).hashProblem
    )
    let [converted, leftOut, withoutPassword] = [0, 0, 0]
    let isRead = true
    const pieces = Stream.decodeText(readInput(file)).pipe(
      Stream.map(convert),
      Stream.concat(Stream.fromEffect(Effect.sync(end)))
    )
    yield* Stream.runForEachWhile(
      pieces,
      Effect.fnUntraced(function*({ complaints, leftOut: left, rows, withoutPassword: without }) {
        if (isRecognised() === false) return yield* isNoExportOf(from)
        if (rows.length > 0) isRead = yield* printPart(rows)
        if (!isRead) return false
        yield* printWarnings(complaints)
        converted += rows.length
        leftOut += left
        withoutPassword += without
        return true
      })
    )
    if (!isRead) return
    if (isRecognised() === undefined) return yield* isNoExportOf(from)
    yield* printNote(`Converted ${plural(converted, "account")}.`)
    if (withoutPassword > 0) yield* printNote(passwordless(withoutPassword, converted))
    if (leftOut === 0) return
    return yield* new CommandFailed({
      exitCode: 3,
      code: "records-left-out",
      message: `${plural(leftOut, "record")} ${leftOut === 1 ? "was" : "were"} left out.`
    })
  }))
)

const isNoExportOf = (from: SystemName) =>
  wrongUsage(`${explainForeign(from)} Name the system that made the file with --from: ${SYSTEMS.join(", ")}.`)

const passwordless = (count: number, all: number): string =>
  `${count} of ${plural(all, "account")} ` + (count === 1
    ? "has no password: its holder needs a recovery."
    : "have no password: their holders need a recovery.")

const readParameters = Effect.fnUntraced(function*(file: string) {
  const parameters = readFirebaseParameters(yield* Stream.mkString(Stream.decodeText(readInput(file))))
  if (parameters !== undefined) return parameters
  return yield* wrongUsage(
    "The Firebase parameters must have base64_signer_key, base64_salt_separator, rounds and mem_cost."
  )
})
