import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { Mails } from "../../../domain/mail/Mails.ts"
import { MailId } from "../../../domain/model/Mail.ts"
import { decoding } from "../kit/Arguments.ts"
import { mails } from "../kit/CommandLayers.ts"
import { describeMail } from "../kit/MailOutput.ts"
import { printResult } from "../kit/Output.ts"

export const showMail = Command.make("show-mail", {
  id: Argument.String("mail").pipe(
    Argument.withDescription("The mail's id, as list-mails prints it"),
    Argument.mapEffect(decoding("<mail>", MailId))
  )
}).pipe(
  Command.withDescription(
    "Prints a mail as its reader gets it, with its code and link, which may still work. The audit log notes that it " +
      "was shown. Without a mail server, this is how to try what needs a mail."
  ),
  Command.withShortDescription("Prints a mail"),
  Command.withHandler(Effect.fnUntraced(function*({ id }) {
    const { show } = yield* Mails
    yield* printResult(describeMail(yield* show(id)))
  })),
  Command.provide(mails)
)
