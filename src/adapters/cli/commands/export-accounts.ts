import { Clock, Console, Effect, Option, Stream } from "effect"
import { Command } from "effect/cli"
import { Exports } from "../../../domain/admin/Exports.ts"
import { AccountId } from "../../../domain/model/Account.ts"
import { exportedRow } from "../../../resources/ImportRows.ts"
import { optionalFlag, switchFlag } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { harmlessJson } from "../kit/HarmlessText.ts"
import { plural, printNote } from "../kit/Output.ts"
import { makeProgress } from "../kit/Progress.ts"
import { timeLeft } from "../kit/TimeLeft.ts"

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
    const clock = yield* Clock.Clock
    const startedAt = clock.currentTimeMillisUnsafe()
    const progress = yield* makeProgress((done: number) => {
      const elapsedMillis = clock.currentTimeMillisUnsafe() - startedAt
      const rate = Math.round(done * 1000 / Math.max(1, elapsedMillis))
      return `${done} accounts done, ${rate} a second${timeLeft(elapsedMillis, done, all)}`
    })
    let done = 0
    yield* Stream.runForEach(
      exports.accounts({ after, withCredentials }),
      Effect.fnUntraced(function*(accounts) {
        if (accounts.length === 0) return
        yield* Console.log(accounts.map((it) => harmlessJson(exportedRow(it, withCredentials))).join("\n"))
        done += accounts.length
        yield* progress(done)
      })
    )
    yield* printNote(`Exported ${plural(done, "account")}.`)
  })),
  Command.provide(services)
)
