import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { SessionId } from "../../../domain/model/Session.ts"
import { Accounts } from "../../../domain/services/Accounts.ts"
import { Sessions } from "../../../domain/services/Sessions.ts"
import { confirm, yesFlag } from "../Confirmation.ts"
import { services } from "../Drives.ts"
import { answer } from "../Output.ts"
import { accountArgument, decoding } from "../Values.ts"

export const revokeSessions = Command.make("revoke-sessions", {
  account: accountArgument,
  session: Flag.String("session").pipe(
    Flag.withDescription("End only this session"),
    Flag.withMetavar("ID"),
    Flag.mapEffect(decoding("--session", SessionId)),
    Flag.optional
  ),
  yes: yesFlag
}).pipe(
  Command.withDescription(
    "Ends all sessions of an account, or one of them, and prints how many that were. They are refused everywhere from " +
      "the moment it is done."
  ),
  Command.withShortDescription("Ends an account's sessions"),
  Command.withExamples([
    { command: "identity revoke-sessions ada@example.com" },
    { command: "identity revoke-sessions ada@example.com --yes --json", description: "Without a terminal" }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ account, session }) {
    const accounts = yield* Accounts
    const sessions = yield* Sessions
    const { email, id } = yield* accounts.get(account)
    const count = yield* Option.match(session, {
      onNone: () => sessions.revokeAll(id),
      onSome: (one) => Effect.as(sessions.revoke(id, one), 1)
    })
    yield* answer({
      json: { account_id: id, sessions_ended: count },
      text: `Ended ${count} ${count === 1 ? "session" : "sessions"} of ${email}.`,
      quiet: String(count)
    })
  })),
  Command.provide(services),
  Command.provideEffectDiscard(({ account, session, yes }) =>
    confirm({
      yes,
      question: Option.match(session, {
        onNone: () => `End all sessions of ${account}?`,
        onSome: (one) => `End session ${one} of ${account}?`
      })
    })
  )
)
