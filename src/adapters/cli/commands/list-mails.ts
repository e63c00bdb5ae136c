import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Mails } from "../../../domain/mail/Mails.ts"
import { MailStatus } from "../../../domain/model/Mail.ts"
import { accountFlag, accountIdOf, choiceFlag, followPages, pageFlags, pageNote } from "../kit/Arguments.ts"
import { mails } from "../kit/CommandLayers.ts"
import { describeMails } from "../kit/MailOutput.ts"
import { printNote, printResult } from "../kit/Output.ts"

export const listMails = Command.make("list-mails", {
  status: Flag.optional(choiceFlag("status", MailStatus.literals, "STATUS", "Only mails with this status")),
  account: accountFlag,
  ...pageFlags
}).pipe(
  Command.withDescription(
    "Lists mails of the last week and those that wait, newest first, with the reason why the last attempt to send " +
      "them failed. Give the id of a deleted account to find its mails."
  ),
  Command.withShortDescription("Lists mails"),
  Command.withExamples([{ command: "identity list-mails --status refused" }]),
  Command.withHandler(Effect.fnUntraced(function*({ account, after, limit, status }) {
    const { list } = yield* Mails
    const accountId = yield* Effect.transposeOption(Option.map(account, accountIdOf))
    const page = yield* followPages({ limit, after }, (request) => list({ accountId, status }, request))
    yield* printResult(describeMails(page))
    yield* printNote(pageNote("mails", page, [account, after, status]))
  })),
  Command.provide(mails)
)
