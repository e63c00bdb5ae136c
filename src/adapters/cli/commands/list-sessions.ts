import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import type { Page } from "../../../domain/model/Page.ts"
import type { Session } from "../../../domain/model/Session.ts"
import { Sessions } from "../../../domain/sessions/Sessions.ts"
import { sessionMembers } from "../../../resources/SessionResource.ts"
import { accountArgument, continuation, followPages, pageFlags } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { printNote, printResult } from "../kit/Output.ts"
import type { CommandResult } from "../kit/Output.ts"
import { table } from "../kit/Table.ts"

export const listSessions = Command.make("list-sessions", { account: accountArgument, ...pageFlags }).pipe(
  Command.withDescription("Lists the live sessions of an account, newest first."),
  Command.withShortDescription("Lists an account's live sessions"),
  Command.withHandler(Effect.fnUntraced(function*({ account, after, limit }) {
    const accounts = yield* Accounts
    const sessions = yield* Sessions
    const { id } = yield* accounts.get(account)
    const page = yield* followPages({ limit, after }, (request) => sessions.list(id, request))
    yield* printResult(describe(page))
    yield* printNote(page.items.length === 0 ? "The account has no live sessions." : continuation(page.next))
  })),
  Command.provide(services)
)

const describe = ({ items, next }: Page<Session>): CommandResult => ({
  json: { sessions: items.map(sessionMembers), next: Option.getOrNull(next) },
  text: table(
    ["ID", "CREATED", "LAST USED", "EXPIRES", "BY", "ADDRESS", "USER AGENT"],
    items.map((session) => [
      session.id,
      session.createdAt,
      session.lastUsedAt,
      session.expiresAt,
      session.amr.join("+"),
      session.ipAddress ?? "-",
      session.userAgent ?? "-"
    ]),
    {
      whole: ["ID", "CREATED", "LAST USED", "EXPIRES"],
      prior: ["ADDRESS"],
      spare: ["EXPIRES", "CREATED", "BY", "USER AGENT", "LAST USED", "ADDRESS"]
    }
  ),
  quiet: items.map(({ id }) => id).join("\n")
})
