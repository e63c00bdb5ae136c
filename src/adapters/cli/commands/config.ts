import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { Application } from "../kit/Application.ts"
import { invocation } from "../kit/GlobalFlags.ts"
import { answer } from "../kit/Output.ts"
import { table } from "../kit/Table.ts"

export const config = Command.make("config").pipe(
  Command.withDescription(
    "Prints every setting as it is in effect, secrets redacted, and where its value comes from: a flag, the environment, " +
      ".env, a file in IDENTITY_SECRETS_DIR, or the default."
  ),
  Command.withShortDescription("Prints the effective configuration"),
  Command.withHandler(Effect.fnUntraced(function*() {
    const application = yield* Application
    const { failure, settings } = yield* application.configuration(yield* invocation)
    const rows = settings.map(({ name, origin, value }) => [name, Option.getOrElse(value, () => "-"), origin])
    yield* answer({
      json: {
        settings: settings.map(({ name, origin, value }) => ({ name, value: Option.getOrNull(value), origin }))
      },
      text: table(["SETTING", "VALUE", "FROM"], rows, { whole: ["SETTING"], spare: ["FROM"] }),
      quiet: settings.map(({ name, value }) => `${name}=${Option.getOrElse(value, () => "")}`).join("\n")
    })
    if (Option.isSome(failure)) return yield* failure.value
  }))
)
