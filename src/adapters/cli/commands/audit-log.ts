import { Context, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { AuditReview } from "../../../domain/audit/AuditReview.ts"
import { AuditAction } from "../../../domain/model/Audit.ts"
import { CommandFailed } from "../../../platform/process/CommandFailed.ts"
import type { ChainHead } from "../../../ports/AuditLog.ts"
import {
  accountFlag,
  accountIdOf,
  choiceFlag,
  followPages,
  instantFlag,
  pageFlags,
  pageNote,
  switchFlag,
  textFlag
} from "../kit/Arguments.ts"
import { confirmReplacement, readCheckpoint, writeCheckpoint } from "../kit/AuditCheckpoint.ts"
import { describeEntries, describeVerification, describeVerified } from "../kit/AuditOutput.ts"
import { services } from "../kit/CommandLayers.ts"
import { yesFlag } from "../kit/Confirmation.ts"
import { wrongUsage } from "../kit/Failure.ts"
import { plural, printNote, printResult } from "../kit/Output.ts"
import { makeProgress } from "../kit/Progress.ts"

interface Verification {
  readonly what: "verify"
  readonly since: Option.Option<Effect.Success<ReturnType<typeof readCheckpoint>>>
  readonly checkpoint: Option.Option<{ readonly file: string; readonly replace: boolean }>
}

/** The work that the flags ask for. The files they name have been checked. */
class AuditWork extends Context.Service<AuditWork, { readonly what: "list" } | Verification>()(
  "identityd/adapters/cli/commands/audit-log/AuditWork"
) {}

const chooseWork = Effect.fnUntraced(function*(flags: {
  readonly verify: boolean
  readonly checkpoint: Option.Option<string>
  readonly sinceCheckpoint: Option.Option<string>
  readonly yes: boolean
  readonly isFiltered: boolean
}) {
  const { checkpoint, isFiltered, sinceCheckpoint, verify, yes } = flags
  const isWhole = verify || Option.isSome(checkpoint)
  if (isWhole && isFiltered) {
    return yield* wrongUsage(
      `--${
        verify ? "verify" : "checkpoint"
      } checks the whole log. Give it without a filter and without --after and --limit.`
    )
  }
  if (!isWhole && Option.isSome(sinceCheckpoint)) {
    return yield* wrongUsage("--since-checkpoint is part of a verification. Give it with --verify.")
  }
  if (!isWhole) return AuditWork.of({ what: "list" })
  const since = yield* Effect.transposeOption(Option.map(sinceCheckpoint, readCheckpoint))
  const target = yield* Effect.transposeOption(
    Option.map(checkpoint, (file) => Effect.map(confirmReplacement(file, yes), (replace) => ({ file, replace })))
  )
  return AuditWork.of({ what: "verify", since, checkpoint: target })
})

export const auditLog = Command.make("audit-log", {
  account: accountFlag,
  action: Flag.optional(choiceFlag("action", AuditAction.literals, "ACTION", "Only entries about this action")),
  since: instantFlag("since", "Only entries of this instant or later"),
  ...pageFlags,
  verify: switchFlag("verify", "Check the whole log for entries that were altered, removed or moved"),
  checkpoint: textFlag(
    "checkpoint",
    "FILE",
    "Check the whole log, then write the end of every chain to this file and print its SHA-256"
  ),
  sinceCheckpoint: textFlag(
    "since-checkpoint",
    "FILE",
    "With --verify: also check that every entry in this checkpoint is still there"
  ),
  yes: yesFlag("Replace an existing checkpoint")
}).pipe(
  Command.withDescription(
    "Lists what happened to accounts, credentials and sessions, newest first. With --verify, checks that nobody " +
      "tampered with the log. To find the entries of a deleted account, give its id. A checkpoint proves that even " +
      "the owner of the database hasn't rewritten older entries; keep it where they can't write."
  ),
  Command.withShortDescription("Lists or verifies the audit log"),
  Command.withExamples([
    { command: "identity audit-log --account ada@example.com --since 2026-03-01" },
    { command: "identity audit-log --verify", description: "Exits 1 if the log was tampered with" },
    { command: "identity audit-log --checkpoint audit-2026-03-01.txt" },
    { command: "identity audit-log --verify --since-checkpoint audit-2026-03-01.txt" }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ account, action, after, limit, since }) {
    const work = yield* AuditWork
    if (work.what === "verify") return yield* verifyLog(work)
    const review = yield* AuditReview
    const accountId = yield* Effect.transposeOption(Option.map(account, accountIdOf))
    const page = yield* followPages({ limit, after }, (request) => review.list({ accountId, action, since }, request))
    yield* printResult(describeEntries(page, accountId))
    yield* printNote(pageNote("entries", page, [account, action, after, since]))
  })),
  Command.provide(services),
  Command.provideEffect(AuditWork, ({ checkpoint, sinceCheckpoint, verify, yes, ...filter }) => {
    const isFiltered = Object.values(filter).some((given) => Option.isSome<unknown>(given))
    return chooseWork({ checkpoint, sinceCheckpoint, verify, yes, isFiltered })
  })
)

const verifyLog = Effect.fnUntraced(function*({ checkpoint, since }: Verification) {
  const review = yield* AuditReview
  const ends: Array<ChainHead> = []
  const verification = yield* review.verify(yield* makeProgress(describeVerified), {
    ...Option.match(since, { onNone: () => ({}), onSome: ({ known }) => ({ since: known }) }),
    ...(Option.isSome(checkpoint) ? { visit: (end) => ends.push(end) } : {})
  })
  const { breaks, chains } = verification
  const holds = breaks.length === 0
  const written = yield* Effect.transposeOption(
    Option.map(Option.filter(checkpoint, () => holds), ({ file, replace }) => writeCheckpoint(file, ends, { replace }))
  )
  yield* printResult(describeVerification(verification, { since: Option.map(since, ({ from }) => from), written }))
  if (holds) return
  const broken = new Set(breaks.map(({ chain }) => chain)).size
  return yield* new CommandFailed({
    exitCode: 1,
    code: "audit-log-broken",
    message: `The audit log was tampered with: ${broken} of its ${plural(chains, "chain")} ` +
      `${broken === 1 ? "does" : "do"} not hold. The output names each with the entries that are wrong.`
  })
})
