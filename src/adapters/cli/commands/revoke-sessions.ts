import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import type { Account } from "../../../domain/model/Account.ts"
import { SESSIONS_COUNTED_MAX } from "../../../domain/model/Session.ts"
import { BulkRevocation } from "../../../domain/sessions/BulkRevocation.ts"
import type { RevocationTotal } from "../../../domain/sessions/BulkRevocation.ts"
import { Sessions } from "../../../domain/sessions/Sessions.ts"
import { services } from "../kit/CommandLayers.ts"
import { confirm, ensureConfirmable, yesFlag } from "../kit/Confirmation.ts"
import { plural, printResult } from "../kit/Output.ts"
import type { CommandResult } from "../kit/Output.ts"
import { makeProgress } from "../kit/Progress.ts"
import { chooseRevocation, ChosenRevocation, revocationFlags, revocationQuestion } from "../kit/Revocation.ts"
import type { Revocation } from "../kit/Revocation.ts"

export const revokeSessions = Command.make("revoke-sessions", { ...revocationFlags, yes: yesFlag() }).pipe(
  Command.withDescription(
    "Ends sessions and prints how many: one, all of an account, or those of one or all accounts that were started " +
      "before an instant, from a network or by a user agent. An ended session is refused everywhere at once. With " +
      "--all-accounts or a filter, sessions that start meanwhile may be missed. --created-before makes the selection " +
      "exact."
  ),
  Command.withShortDescription("Ends sessions"),
  Command.withExamples([
    { command: "identity revoke-sessions ada@example.com" },
    { command: "identity revoke-sessions ada@example.com --yes --json", description: "Without a terminal" },
    {
      command:
        "identity revoke-sessions --all-accounts --ip 192.0.2.0/24 --created-before 2026-03-01T12:00:00Z --dry-run",
      description: "Count the sessions that were started from a network before noon"
    }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ dryRun, yes }) {
    const revocation = yield* ChosenRevocation
    const agreement = confirm({ yes: yes || dryRun, question: revocationQuestion(revocation) })
    yield* revocation.what === "matching"
      ? endMatching(revocation, agreement, dryRun)
      : endWhole(revocation, agreement)
  })),
  Command.provide(services),
  Command.provideEffectDiscard(({ dryRun, yes }) => ensureConfirmable({ yes: yes || dryRun })),
  Command.provideEffect(ChosenRevocation, (input) => chooseRevocation(input))
)

type Kind<What extends Revocation["what"]> = Extract<Revocation, { readonly what: What }>

type Agreement = ReturnType<typeof confirm>

const endWhole = Effect.fnUntraced(function*(revocation: Kind<"session" | "account">, agreement: Agreement) {
  const accounts = yield* Accounts
  const sessions = yield* Sessions
  const account = yield* accounts.get(revocation.account)
  yield* agreement
  const count = yield* revocation.what === "account"
    ? sessions.revokeAll(account.id)
    : Effect.as(sessions.endOne(account.id, revocation.session), 1)
  const isCountedUp = count < SESSIONS_COUNTED_MAX
  yield* printResult(describe(Option.some(account), { accounts: 1, sessions: count }, { isCountedUp }))
})

const endMatching = Effect.fnUntraced(function*(
  { account: reference, filter }: Kind<"matching">,
  agreement: Agreement,
  dryRun: boolean
) {
  const accounts = yield* Accounts
  const revocation = yield* BulkRevocation
  const account = yield* Effect.transposeOption(Option.map(reference, accounts.get))
  yield* agreement
  const progress = yield* makeProgress(describeTotal)
  const accountId = Option.map(account, ({ id }) => id)
  const total = yield* dryRun
    ? revocation.count(filter, accountId, progress)
    : revocation.revoke(filter, accountId, progress)
  yield* printResult(describe(account, total, { dryRun }))
})

/** Whether this was a dry run, and whether every ended session was counted. */
interface Circumstances {
  readonly dryRun?: boolean
  readonly isCountedUp?: boolean
}

const describe = (
  account: Option.Option<Account>,
  total: RevocationTotal,
  { dryRun = false, isCountedUp = true }: Circumstances
): CommandResult => {
  const verb = dryRun ? "Would end" : "Ended"
  return {
    json: {
      ...Option.match(account, {
        onNone: () => ({ accounts: total.accounts }),
        onSome: ({ id }) => ({ account_id: id })
      }),
      ...(dryRun ? { sessions_matching: total.sessions } : { sessions_ended: total.sessions }),
      ...(isCountedUp ? {} : { sessions_ended_or_more: true })
    },
    text: Option.match(account, {
      onNone: () => `${verb} ${describeTotal(total)}.`,
      onSome: ({ email }) => `${verb} ${plural(total.sessions, "session")}${isCountedUp ? "" : " or more"} of ${email}.`
    }),
    quiet: String(total.sessions)
  }
}

const describeTotal = ({ accounts, sessions }: RevocationTotal): string =>
  `${plural(sessions, "session")} of ${plural(accounts, "account")}`
