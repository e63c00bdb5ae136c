import { Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { AccountId } from "../../../domain/model/Account.ts"
import { AuditAction } from "../../../domain/model/Audit.ts"
import { Accounts } from "../../../domain/services/Accounts.ts"
import type { AccountReference } from "../../../domain/services/Accounts.ts"
import { AuditTrail } from "../../../domain/services/AuditTrail.ts"
import { describeEntries, describeVerification, describeVerified } from "../AuditOutput.ts"
import { services } from "../Drives.ts"
import { CommandFailed, wrongUsage } from "../Failure.ts"
import { answer, note, plural } from "../Output.ts"
import { makeProgress } from "../Progress.ts"
import { accountFlag, continuation, followPages, instantFlag, pageFlags } from "../Values.ts"

export const auditLog = Command.make("audit-log", {
  account: accountFlag,
  action: Flag.Literals("action", AuditAction.literals).pipe(
    Flag.withDescription("Only entries of this kind"),
    Flag.withMetavar("ACTION"),
    Flag.optional
  ),
  since: instantFlag("since", "Only what happened then or later"),
  ...pageFlags,
  verify: Flag.Boolean("verify").pipe(
    Flag.withDescription("Check the whole log for entries that were altered, removed or moved"),
    Flag.withDefault(false),
    Flag.withoutNegation
  )
}).pipe(
  Command.withDescription(
    "Lists what happened to accounts, credentials and sessions, newest first, or checks with --verify that nobody " +
      "tampered with it. The entries of a deleted account are found by its id."
  ),
  Command.withShortDescription("Lists or verifies the audit log"),
  Command.withExamples([
    { command: "identity audit-log --account ada@example.com --since 2026-03-01" },
    { command: "identity audit-log --verify", description: "Exits 1 if the log was tampered with" }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ account, action, after, limit, since, verify }) {
    if (verify) return yield* verifyLog
    const trail = yield* AuditTrail
    const accountId = yield* Effect.transposeOption(Option.map(account, resolve))
    const page = yield* followPages({ limit, after }, (request) => trail.list({ accountId, action, since }, request))
    yield* answer(describeEntries(page))
    yield* note(page.items.length === 0 ? "There are no such entries." : continuation(page.next))
  })),
  Command.provide(services),
  Command.provideEffectDiscard(({ account, action, after, since, verify }) =>
    verify && [account, action, after, since].some((given) => Option.isSome<unknown>(given))
      ? wrongUsage("--verify checks the whole log: give it without other flags.")
      : Effect.void
  )
)

const isAccountId = Schema.is(AccountId)

/** An id is taken as it is: the entries of an account outlive it. */
const resolve = Effect.fnUntraced(function*(reference: AccountReference) {
  if (isAccountId(reference)) return reference
  const accounts = yield* Accounts
  return (yield* accounts.get(reference)).id
})

const verifyLog = Effect.gen(function*() {
  const trail = yield* AuditTrail
  const verification = yield* trail.verify(yield* makeProgress(describeVerified))
  yield* answer(describeVerification(verification))
  const { breaks, chains } = verification
  if (breaks.length === 0) return
  const broken = new Set(breaks.map(({ chain }) => chain)).size
  return yield* new CommandFailed({
    exitCode: 1,
    code: "audit-log-broken",
    message: `The audit log was tampered with: ${broken} of its ${plural(chains, "chain")} ` +
      `${broken === 1 ? "does" : "do"} not hold. Each is named with the places that are wrong.`
  })
})
