import { Effect } from "effect"
import { Command } from "effect/cli"
import { Mails } from "../../../domain/mail/Mails.ts"
import { Email } from "../../../domain/model/Email.ts"
import { CommandFailed } from "../../../platform/process/CommandFailed.ts"
import { valueFlag } from "../kit/Arguments.ts"
import { mails } from "../kit/CommandLayers.ts"
import { printResult } from "../kit/Output.ts"

export const sendTestMail = Command.make("send-test-mail", {
  to: valueFlag("to", "EMAIL", "The address to send it to", Email)
}).pipe(
  Command.withDescription(
    "Sends a test mail with the configured mail server, and says what the server answered. Exits 1 if it took no mail."
  ),
  Command.withShortDescription("Sends a test mail"),
  Command.withHandler(Effect.fnUntraced(function*({ to }) {
    const delivery = yield* (yield* Mails).sendTest(to)
    if (delivery._tag !== "Accepted") {
      return yield* new CommandFailed({
        exitCode: 1,
        code: "mail-not-accepted",
        message: `The mail server ${delivery.reason}.`
      })
    }
    yield* printResult({
      json: { accepted: true, to },
      text: `The mail server took a mail to ${to}. Look whether it arrives.`,
      quiet: ""
    })
  })),
  Command.provide(mails)
)
