/**
 * The sessions that `revoke-sessions` is to end: one, all of an account, or those that match a filter. Contradictory
 * flags are refused before anything starts, rather than guessing which sessions are meant.
 */
import { Context, Effect, Option } from "effect"
import { Argument } from "effect/cli"
import type { Command } from "effect/cli"
import type { AccountReference } from "../../../domain/accounts/Accounts.ts"
import { WrittenNetwork } from "../../../domain/model/IpAddress.ts"
import { SessionId, TextToFind } from "../../../domain/model/Session.ts"
import type { SessionFilter } from "../../../domain/model/Session.ts"
import { instantText } from "../../../kernel/InstantText.ts"
import { accountArgument, instantFlag, optionalFlag, switchFlag } from "./Arguments.ts"
import { wrongUsage } from "./Failure.ts"

export type Revocation =
  | { readonly what: "session"; readonly account: AccountReference; readonly session: SessionId }
  | { readonly what: "account"; readonly account: AccountReference }
  | { readonly what: "matching"; readonly account: Option.Option<AccountReference>; readonly filter: SessionFilter }

/** The revocation that the flags ask for. */
export class ChosenRevocation extends Context.Service<ChosenRevocation, Revocation>()(
  "identityd/adapters/cli/kit/Revocation/ChosenRevocation"
) {}

export const revocationFlags = {
  account: Argument.optional(accountArgument),
  session: optionalFlag("session", "ID", "End only this session", SessionId),
  createdBefore: instantFlag("created-before", "Only sessions started earlier"),
  network: optionalFlag("ip", "ADDRESS|CIDR", "Only sessions started from this address or network", WrittenNetwork),
  userAgent: optionalFlag(
    "user-agent",
    "TEXT",
    "Only sessions whose user agent contains this, ignoring case",
    TextToFind
  ),
  allAccounts: switchFlag("all-accounts", "End sessions of every account"),
  dryRun: switchFlag("dry-run", "Only print how many sessions it would end")
} satisfies Command.Command.Config

export type RevocationFlags = Command.Command.Config.Infer<typeof revocationFlags>

export const chooseRevocation = Effect.fnUntraced(function*(flags: RevocationFlags) {
  const filter: SessionFilter = {
    ...Option.match(flags.createdBefore, { onNone: () => ({}), onSome: (createdBefore) => ({ createdBefore }) }),
    ...Option.match(flags.network, { onNone: () => ({}), onSome: (network) => ({ network }) }),
    ...Option.match(flags.userAgent, { onNone: () => ({}), onSome: (userAgent) => ({ userAgent }) })
  }
  const filtered = Object.keys(filter).length > 0
  if (Option.isSome(flags.session) && (filtered || flags.allAccounts || flags.dryRun)) {
    return yield* wrongUsage("--session names the one session to end. Give it with its account and without a filter.")
  }
  if (Option.isNone(flags.account)) {
    if (!flags.allAccounts) {
      return yield* wrongUsage("Say whose sessions to end: those of an account or --all-accounts.")
    }
    return matching(Option.none(), filter)
  }
  if (flags.allAccounts) return yield* wrongUsage("Give either an account or --all-accounts, not both.")
  if (filtered || flags.dryRun) return matching(flags.account, filter)
  return whole(flags.account.value, flags.session)
})

const matching = (account: Option.Option<AccountReference>, filter: SessionFilter): Revocation => ({
  what: "matching",
  account,
  filter
})

const whole = (account: AccountReference, session: Option.Option<SessionId>): Revocation =>
  Option.match(session, {
    onNone: () => ({ what: "account", account }),
    onSome: (one) => ({ what: "session", account, session: one })
  })

/** The question to confirm before it happens. */
export const revocationQuestion = (revocation: Revocation): string => {
  if (revocation.what === "session") return `End session ${revocation.session} of ${revocation.account}?`
  if (revocation.what === "account") return `End all sessions of ${revocation.account}?`
  const owner = Option.getOrElse(revocation.account, () => "all accounts")
  return `End all sessions of ${owner}${describeFilter(revocation.filter)}?`
}

const describeFilter = ({ createdBefore, network, userAgent }: SessionFilter): string => {
  const parts = [
    ...(createdBefore === undefined ? [] : [`before ${instantText(createdBefore)}`]),
    ...(network === undefined ? [] : [`from ${network}`]),
    ...(userAgent === undefined ? [] : [`by a user agent with ${JSON.stringify(userAgent)} in it`])
  ]
  return parts.length === 0 ? "" : ` that were started ${parts.join(" and ")}`
}
