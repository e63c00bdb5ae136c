import { Effect } from "effect"
import { Command } from "effect/cli"
import { Housekeeping } from "../../../domain/upkeep/Housekeeping.ts"
import type { Pruned } from "../../../domain/upkeep/Housekeeping.ts"
import { services } from "../kit/CommandLayers.ts"
import { plural, printResult } from "../kit/Output.ts"
import { makeProgress } from "../kit/Progress.ts"

export const prune = Command.make("prune").pipe(
  Command.withDescription(
    "Removes ended sessions, expired idempotency keys, counts of old attempts to sign in or up, expired codes of " +
      "mails, mails that were sent or given up more than a week ago, and entries of the audit log that are older " +
      "than IDENTITY_AUDIT_RETENTION. A running server does this by itself. Refused on a machine whose clock is more " +
      "than a minute away from the database's."
  ),
  Command.withShortDescription("Removes expired rows from the database"),
  Command.withHandler(Effect.fnUntraced(function*() {
    const housekeeping = yield* Housekeeping
    const pruned = yield* housekeeping.prune(yield* makeProgress(describe))
    const { guessBudgets, auditEntries, challenges, idempotencyKeys, mails, sessions } = pruned
    yield* printResult({
      json: {
        sessions_removed: sessions,
        idempotency_keys_removed: idempotencyKeys,
        attempt_budgets_removed: guessBudgets,
        challenges_removed: challenges,
        mails_removed: mails,
        audit_entries_removed: auditEntries
      },
      text: `Removed ${describe(pruned)}.`,
      quiet: String(sessions + idempotencyKeys + guessBudgets + challenges + mails + auditEntries)
    })
  })),
  Command.provide(services)
)

const describe = ({ guessBudgets, auditEntries, challenges, idempotencyKeys, mails, sessions }: Pruned): string => {
  const all = [
    plural(sessions, "ended session"),
    plural(idempotencyKeys, "expired idempotency key"),
    `${plural(guessBudgets, "count")} of old attempts`,
    ...(challenges === 0 ? [] : [plural(challenges, "old challenge")]),
    ...(mails === 0 ? [] : [plural(mails, "old mail")]),
    ...(auditEntries === 0 ? [] : [`${auditEntries} old ${auditEntries === 1 ? "entry" : "entries"} of the audit log`])
  ]
  return `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`
}
