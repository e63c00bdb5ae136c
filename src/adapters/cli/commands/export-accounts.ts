import { Effect, Option, Stream } from "effect"
import { Command } from "effect/cli"
import { Exports } from "../../../domain/admin/Exports.ts"
import { AccountId } from "../../../domain/model/Account.ts"
import { exportedRow } from "../../../resources/ImportRows.ts"
import { optionalFlag, switchFlag } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { harmlessJson } from "../kit/HarmlessText.ts"
import { plural, printNote, printPart } from "../kit/Output.ts"
import { startPace } from "../kit/Pace.ts"
import { makeProgress } from "../kit/Progress.ts"

export const exportAccounts = Command.make("export-accounts", {
  withCredentials: switchFlag(
    "with-credentials",
    "Also password hashes, sealed factors and passkeys. Keep the output as safe as the database"
  ),
  after: optionalFlag(
    "after",
    "ID",
    "Only accounts with later ids: continues an export that was interrupted after this one",
    AccountId
  )
}).pipe(
  Command.withDescription(
    "Prints all accounts in order of their ids, one line of JSON for each, as `identity import-accounts` takes them. " +
      "Without --with-credentials, second factors are left out, and `factors_omitted` says how many."
  ),
  Command.withShortDescription("Exports accounts"),
  Command.withExamples([
    { command: "identity export-accounts --with-credentials > accounts.ndjson" }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ after, withCredentials }) {
    const exports = yield* Exports
    const all = Option.isNone(after) ? yield* exports.estimate : undefined
    const pace = yield* startPace
    const progress = yield* makeProgress((done: number) => `${done} accounts done, ${pace(done, done, all)}`)
    let done = 0
    let isRead = true
    yield* Stream.runForEachWhile(
      exports.accounts({ after, withCredentials }),
      Effect.fnUntraced(function*(accounts) {
        isRead = yield* printPart(accounts.map((it) => harmlessJson(exportedRow(it, withCredentials))))
        done += accounts.length
        yield* progress(done)
        return isRead
      })
    )
    if (isRead) yield* printNote(`Exported ${plural(done, "account")}.`)
  })),
  Command.provide(services)
)
