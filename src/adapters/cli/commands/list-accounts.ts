import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { AccountDirectory } from "../../../domain/accounts/AccountDirectory.ts"
import { AccountStatus } from "../../../domain/model/Account.ts"
import { describeAccounts } from "../kit/AccountOutput.ts"
import { choiceFlag, followPages, instantFlag, pageFlags, pageNote, textFlag } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { printNote, printResult } from "../kit/Output.ts"

export const listAccounts = Command.make("list-accounts", {
  ...pageFlags,
  emailPrefix: textFlag("email-prefix", "TEXT", "Only accounts whose email begins with this, sorted by email"),
  status: Flag.optional(choiceFlag("status", AccountStatus.literals, "STATUS", "Only accounts with this status")),
  createdSince: instantFlag("created-since", "Only accounts created at this instant or later"),
  createdBefore: instantFlag("created-before", "Only accounts created before this instant"),
  verified: choiceFlag("verified", ["yes", "no"], "YES|NO", "Only accounts whose email is verified, or isn't").pipe(
    Flag.map((answer) => answer === "yes"),
    Flag.optional
  ),
  lastSignInBefore: instantFlag(
    "last-sign-in-before",
    "Only accounts created before this instant to which nobody has signed in since"
  )
}).pipe(
  Command.withDescription("Lists accounts in order of creation, or by email with --email-prefix."),
  Command.withShortDescription("Lists accounts"),
  Command.withHandler(Effect.fnUntraced(function*({ after, limit, ...filter }) {
    const directory = yield* AccountDirectory
    const page = yield* followPages({ limit, after }, (request) => directory.list(filter, request))
    yield* printResult(yield* describeAccounts(page))
    yield* printNote(pageNote("accounts", page, [after, ...Object.values(filter)]))
  })),
  Command.provide(services)
)
