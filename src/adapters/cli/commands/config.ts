import { Array, Effect, Option, Record } from "effect"
import { Command } from "effect/cli"
import { Application } from "../kit/Application.ts"
import { invocation } from "../kit/GlobalFlags.ts"
import { printResult } from "../kit/Output.ts"
import { table } from "../kit/Table.ts"

export const config = Command.make("config").pipe(
  Command.withDescription(
    "Prints the value of every setting and where it comes from: a flag, the environment, .env, a file in " +
      "IDENTITY_SECRETS_DIR, or the default. Secrets are redacted."
  ),
  Command.withShortDescription("Prints the effective configuration"),
  Command.withHandler(Effect.fnUntraced(function*() {
    const application = yield* Application
    const { failure, settings } = yield* application.configuration(yield* invocation)
    // The standard variables have a table of their own, because their longer names would leave too little room for
    // values.
    const groups = Record.values(
      Array.groupBy(settings, ({ name }) => name.slice(0, name.indexOf("_")))
    )
    const tables = groups.map((group) =>
      table(
        ["SETTING", "VALUE", "FROM"],
        group.map(({ name, origin, value }) => [name, Option.getOrElse(value, () => "-"), origin]),
        { whole: ["SETTING", "FROM"], wrapped: ["VALUE"], spare: [] }
      )
    )
    yield* printResult({
      json: {
        settings: settings.map(({ name, origin, value }) => ({ name, value: Option.getOrNull(value), origin }))
      },
      text: (view) => tables.map((one) => one(view)).join("\n\n"),
      quiet: settings.map(({ name, value }) => `${name}=${Option.getOrElse(value, () => "")}`).join("\n")
    })
    if (Option.isSome(failure)) return yield* failure.value
  }))
)
