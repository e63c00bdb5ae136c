import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { AccountDirectory } from "../../../domain/accounts/AccountDirectory.ts"
import { AccountStatus } from "../../../domain/model/Account.ts"
import { describeAccounts } from "../kit/AccountOutput.ts"
import { continuation, followPages, instantFlag, pageFlags } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { answer, note } from "../kit/Output.ts"

export const listAccounts = Command.make("list-accounts", {
  ...pageFlags,
  emailPrefix: Flag.String("email-prefix").pipe(
    Flag.withDescription("Only accounts whose email begins so, by email"),
    Flag.withMetavar("TEXT"),
    Flag.optional
  ),
  status: Flag.Literals("status", AccountStatus.literals).pipe(
    Flag.withDescription("Only accounts of this status"),
    Flag.withMetavar("STATUS"),
    Flag.optional
  ),
  createdSince: instantFlag("created-since", "Only accounts created then or later"),
  createdBefore: instantFlag("created-before", "Only accounts created earlier")
}).pipe(
  Command.withDescription("Lists accounts by creation or, with --email-prefix, by email."),
  Command.withShortDescription("Lists accounts"),
  Command.withHandler(Effect.fnUntraced(function*({ after, limit, ...filter }) {
    const directory = yield* AccountDirectory
    const page = yield* followPages({ limit, after }, (request) => directory.list(filter, request))
    yield* answer(describeAccounts(page))
    yield* note(page.items.length === 0 ? "There are no such accounts." : continuation(page.next))
  })),
  Command.provide(services)
)
