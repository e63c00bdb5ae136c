import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Mails } from "../../../domain/mail/Mails.ts"
import { MailStatus } from "../../../domain/model/Mail.ts"
import { accountFlag, accountIdOf, continuation, emptyList, followPages, pageFlags } from "../kit/Arguments.ts"
import { mails } from "../kit/CommandLayers.ts"
import { describeMails } from "../kit/MailOutput.ts"
import { printNote, printResult } from "../kit/Output.ts"

export const listMails = Command.make("list-mails", {
  status: Flag.Literals("status", MailStatus.literals).pipe(
    Flag.withDescription("Only mails with this status"),
    Flag.withMetavar("STATUS"),
    Flag.optional
  ),
  account: accountFlag,
  ...pageFlags
}).pipe(
  Command.withDescription(
    "Lists mails of the last week and those that wait, newest first, with the reason why the last attempt to send them " +
      "failed. Give the id of a deleted account to find its mails."
  ),
  Command.withShortDescription("Lists mails"),
  Command.withExamples([{ command: "identity list-mails --status refused" }]),
  Command.withHandler(Effect.fnUntraced(function*({ account, after, limit, status }) {
    const { list } = yield* Mails
    const accountId = yield* Effect.transposeOption(Option.map(account, accountIdOf))
    const page = yield* followPages({ limit, after }, (request) => list({ accountId, status }, request))
    yield* printResult(describeMails(page))
    const given = [account, after, status]
    yield* printNote(page.items.length === 0 ? emptyList("mails", given) : continuation(page.next))
  })),
  Command.provide(mails)
)
