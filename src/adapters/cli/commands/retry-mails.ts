import { Effect } from "effect"
import { Command } from "effect/cli"
import { Mails } from "../../../domain/mail/Mails.ts"
import { mails } from "../kit/CommandLayers.ts"
import { plural, printResult } from "../kit/Output.ts"

export const retryMails = Command.make("retry-mails").pipe(
  Command.withDescription(
    "Lets the server send all waiting mails now, and try again those that the mail server refused, as long as they " +
      "are of use. Run it when the mail server works again."
  ),
  Command.withShortDescription("Sends waiting and refused mails now"),
  Command.withHandler(Effect.fnUntraced(function*() {
    const count = yield* (yield* Mails).retry
    yield* printResult({
      json: { mails_retried: count },
      text: `The server sends ${plural(count, "mail")} now.`,
      quiet: String(count)
    })
  })),
  Command.provide(mails)
)
