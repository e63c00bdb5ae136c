/**
 * Writes rows of an import that have no key in common: all decided by one state of the store, and decided again when
 * others take their keys meanwhile.
 *
 * Holders are notified of what an update changes, as of any other change. Those of new accounts get no mail.
 */
import { Array, DateTime, Effect, Metric } from "effect"
import { trusted } from "../../kernel/Trusted.ts"
import { AccountTransfer } from "../../ports/AccountTransfer.ts"
import type { KeyTaken, NewImport } from "../../ports/AccountTransfer.ts"
import type { Commit } from "../../ports/Commit.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { PasswordHasher } from "../../ports/PasswordHasher.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { Notices } from "../mail/Notices.ts"
import type { Notice } from "../mail/Notices.ts"
import { Account } from "../model/Account.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"
import type { RowOutcome } from "../model/ImportRow.ts"
import { factorsRemovedBy, sessionsEndedBy } from "../telemetry/IdentityMetrics.ts"
import type { EndReason } from "../telemetry/IdentityMetrics.ts"
import { decide } from "./ImportDecisions.ts"
import type { Decision, PreparedRow } from "./ImportDecisions.ts"
import { makeFactorStorage } from "./ImportedFactors.ts"
import type { ImportNewness } from "./ImportNewness.ts"
import { findKnown, NOBODY } from "./KnownAccounts.ts"

type Update = Extract<Decision, { readonly _tag: "Update" }>

export const makeImportWrites = Effect.gen(function*() {
  const transfer = yield* AccountTransfer
  const ids = yield* IdGenerator
  const hasher = yield* PasswordHasher
  const notices = yield* Notices
  const trail = yield* AuditTrail
  const toStored = yield* makeFactorStorage

  const toInsert = Effect.fnUntraced(function*(rows: ReadonlyArray<PreparedRow>) {
    const now = yield* DateTime.now
    const commitOf = yield* trail.commits
    const created: Array<NewImport> = []
    for (const row of rows) {
      const id = row.id ?? (yield* ids.accountId)
      const hasFactors = row.factors !== undefined && row.factors.length > 0
      const factors = hasFactors ? yield* toStored(row.factors, id, now) : []
      const { audit } = yield* commitOf({
        action: "account.created",
        accountId: id,
        changed: hasFactors ? ["factors"] : []
      })
      const account = trusted(Account, {
        id,
        email: row.email,
        emailVerified: row.emailVerified ?? false,
        displayName: row.displayName,
        status: row.status ?? "active",
        version: 1,
        sessionEpoch: 0,
        credentialEpoch: 0,
        createdAt: row.createdAt ?? now,
        updatedAt: now
      })
      created.push({
        account,
        emailKey: row.emailKey,
        // No password matches the decoy, so its holder recovers the account.
        passwordHash: row.passwordHash ?? hasher.decoy,
        isProven: row.emailProven === true || row.emailVerified === true,
        factors,
        externalId: row.externalId,
        imported: row.mark,
        audit
      })
    }
    return created
  })

  const mailsOf = Effect.fnUntraced(function*(update: Update): Effect.fn.Return<Pick<Commit, "mails">> {
    const commits = yield* Effect.forEach(
      noticesOf(update),
      (purpose) => notices.of({ purpose, account: update.account })
    )
    return { mails: commits.flatMap(({ mails = [] }) => mails) }
  })

  const update = Effect.fnUntraced(function*(decision: Update) {
    const { account: { id }, changed, changes, externalId, imported, removeFactors } = decision
    const now = yield* DateTime.now
    // They count from now on, whatever the row says: a reversal of an email removes those that came since.
    const brought = decision.addFactors.map((factor) => ({ ...factor, confirmedAt: now }))
    const addFactors = yield* toStored(brought, id, now)
    const reason = endReasonOf(decision)
    const commit = yield* trail.commit({ action: "account.updated", accountId: id, changed })
    const { sessionsEnded } = yield* transfer.update({
      externalId,
      imported,
      addFactors,
      removeFactors,
      update: {
        id,
        precondition: { _tag: "Exists" },
        updatedAt: now,
        ...changes,
        endSessions: reason !== undefined,
        commit: { ...commit, ...(yield* mailsOf(decision)) }
      }
    })
    if (reason !== undefined) yield* Metric.update(sessionsEndedBy(reason), sessionsEnded)
    yield* Metric.update(factorsRemovedBy("administrator"), removeFactors.length)
    return { outcome: "updated", id } as const
  })

  const updated = (decision: Update): Effect.Effect<RowOutcome, KeyTaken | StoreUnavailable> =>
    Effect.catchTags(update(decision), {
      AccountNotFound: () => Effect.succeed(GONE),
      EmailAlreadyExists: () => Effect.succeed(refusal("/email", "belongs to another account")),
      TooManyFactors: () => Effect.succeed(refusal("/factors", "would be too many for the account"))
    })

  const attempt = Effect.fnUntraced(
    function*(rows: ReadonlyArray<PreparedRow>, dryRun: boolean, newness: ImportNewness) {
      const isUnknown = newness.isLikely() && !dryRun && rows.every(({ factors = [] }) => factors.length === 0)
      const known = isUnknown ? NOBODY : yield* findKnown(transfer, rows)
      newness.note(known.size > 0)
      const decisions = rows.map((row) => ({ row, decision: decide(row, known.of(row)) }))
      const created = yield* toInsert(
        decisions.flatMap(({ decision, row }) => decision._tag === "Create" ? [row] : [])
      )
      if (created.length > 0 && !dryRun) {
        yield* Effect.tapError(transfer.insertAll(created), () => Effect.sync(() => newness.note(true)))
      }
      const marks = decisions.flatMap(({ decision }) => decision._tag === "Keep" ? decision.marks : [])
      if (marks.length > 0 && !dryRun) yield* transfer.mark(marks)
      let next = 0
      const outcomes: Array<RowOutcome> = []
      for (const { decision, row } of decisions) {
        if (decision._tag === "Refuse") outcomes.push({ outcome: "refused", errors: decision.errors })
        else if (decision._tag === "Keep") outcomes.push({ outcome: "unchanged", id: decision.id })
        else if (decision._tag === "Create") {
          outcomes.push({ outcome: "created", id: dryRun ? undefined : created[next++]?.account.id })
        } else if (dryRun) outcomes.push({ outcome: "updated", id: decision.account.id })
        else outcomes.push(yield* rows.length === 1 ? updated(decision) : updatedOrAgain(decision, row, newness))
      }
      return outcomes
    }
  )

  /** Other rows have been written by then, so the row is decided again by itself. */
  const updatedOrAgain = (
    decision: Update,
    row: PreparedRow,
    newness: ImportNewness
  ): Effect.Effect<RowOutcome, StoreUnavailable> =>
    Effect.catchTag(
      updated(decision),
      "KeyTaken",
      () => Effect.map(write([row], false, newness), ([outcome = GONE]) => outcome)
    )

  /** What becomes of each row. A dry run changes nothing. */
  const write = (
    rows: ReadonlyArray<PreparedRow>,
    dryRun: boolean,
    newness: ImportNewness
  ): Effect.Effect<ReadonlyArray<RowOutcome>, StoreUnavailable> =>
    attempt(rows, dryRun, newness).pipe(
      Effect.retry({ while: (error) => error._tag === "KeyTaken", times: ATTEMPTS_MAX }),
      Effect.catchTag("KeyTaken", () =>
        rows.length === 1
          ? Effect.succeed([TAKEN])
          : Effect.map(Effect.forEach(rows, (row) => write([row], dryRun, newness)), Array.flatten))
    )

  return write
})

const ATTEMPTS_MAX = 10

/** What holders are notified of. */
const noticesOf = ({ addFactors, changes, removeFactors }: Update): ReadonlyArray<Notice["purpose"]> => [
  ...(changes.email === undefined ? [] : ["email-changed" as const]),
  ...(changes.passwordHash === undefined ? [] : ["password-changed" as const]),
  ...(addFactors.length === 0 ? [] : ["factor-added" as const]),
  ...(removeFactors.length === 0 ? [] : ["factor-removed" as const])
]

/** Why the update ends the account's sessions; undefined if it doesn't. */
const endReasonOf = ({ addFactors, changes, removeFactors }: Update): EndReason | undefined => {
  if (changes.status === "disabled") return "account-disabled"
  if (changes.passwordHash !== undefined) return "password-changed"
  if (changes.email !== undefined) return "email-changed"
  if (addFactors.length > 0) return "factor-added"
  return removeFactors.length > 0 ? "factor-removed" : undefined
}

export const refusal = (pointer: string, detail: string): RowOutcome => ({
  outcome: "refused",
  errors: [{ pointer, detail }]
})

const TAKEN = refusal("", "has a key that another account was given meanwhile")

const GONE = refusal("", "is of an account that was deleted meanwhile")
