/**
 * Brings accounts from other systems, with the passwords they have.
 *
 * Each row happens wholly or not at all, and has an outcome of its own. Rows are written many at a time, in order.
 * An import that was interrupted can be run again: what it has brought already is unchanged, and nothing happens
 * twice. Holders get no mails. A hash is examined for form and cost, and verified only when its holder signs in.
 */
import { Array, Context, DateTime, Effect, Layer, Metric, Result } from "effect"
import { AccountTransfer } from "../../ports/AccountTransfer.ts"
import type { NewImport } from "../../ports/AccountTransfer.ts"
import { AuditLog } from "../../ports/AuditLog.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { PasswordHasher } from "../../ports/PasswordHasher.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { AuditSubject } from "../audit/AuditTrail.ts"
import { Account } from "../model/Account.ts"
import type { AccountId } from "../model/Account.ts"
import { emailKey } from "../model/Email.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"
import type { IfExists, ImportRow, ReadRow, RowError, RowOutcome } from "../model/ImportRow.ts"
import { sessionsEndedBy } from "../telemetry/IdentityMetrics.ts"
import { decide, keysOf, markOf, membersOf, nameOf } from "./ImportDecisions.ts"
import type { Decision, PreparedRow } from "./ImportDecisions.ts"
import { makeImportedFactors } from "./ImportedFactors.ts"
import type { PreparedFactor, PreparedFactors } from "./ImportedFactors.ts"
import { makeImportNewness } from "./ImportNewness.ts"
import type { ImportNewness } from "./ImportNewness.ts"
import { countOutcomes } from "./ImportOutcomes.ts"
import { makeImportTurns } from "./ImportTurns.ts"
import { findKnown, NOBODY } from "./KnownAccounts.ts"
import { makeSeenRows, rowDigest } from "./SeenRows.ts"
import type { RowDigest } from "./SeenRows.ts"

export interface ImportOptions {
  /** For rows that don't say it themselves. */
  readonly ifExists: IfExists
  /** Decides about each row and changes nothing. */
  readonly dryRun: boolean
}

/** The outcomes of rows that come next, in their order. */
export type ImportRows = (rows: ReadonlyArray<ReadRow>) => Effect.Effect<ReadonlyArray<RowOutcome>, StoreUnavailable>

export class Imports extends Context.Service<Imports, {
  /**
   * Begins an import. Calls of what it returns may overlap, and are faster then. One that has keys in common with
   * earlier ones waits for these.
   */
  readonly begin: (options: ImportOptions) => Effect.Effect<ImportRows>
}>()("identityd/domain/admin/Imports") {
  static readonly layer = Layer.effect(
    Imports,
    Effect.gen(function*() {
      const transfer = yield* AccountTransfer
      const { digest } = yield* AuditLog
      const ids = yield* IdGenerator
      const hasher = yield* PasswordHasher
      const trail = yield* AuditTrail
      const factors = yield* makeImportedFactors(digest)

      const prepare = (row: ImportRow, ifExists: IfExists, prepared: PreparedFactors): PreparedOrNot => {
        const { factors: _, passwordHash, ...rest } = row
        const ofRow = prepared.get(row)
        if (ofRow !== undefined && Result.isFailure(ofRow)) return Result.fail(ofRow.failure)
        const examined = passwordHash === undefined ? undefined : hasher.examine(passwordHash)
        if (examined !== undefined && Result.isFailure(examined)) {
          return Result.fail([{ pointer: "/password_hash", detail: examined.failure }])
        }
        const members = membersOf(row, ofRow?.success, digest)
        const key = emailKey(row.email)
        return Result.succeed({
          ...rest,
          ...(examined === undefined ? {} : { passwordHash: examined.success }),
          ...(ofRow === undefined ? {} : { factors: ofRow.success }),
          emailKey: key,
          members,
          mark: markOf(members),
          keys: keysOf(row, key, ofRow?.success),
          ifExists: row.ifExists ?? ifExists
        })
      }

      const toStored = (given: ReadonlyArray<PreparedFactor>, id: AccountId, now: DateTime.Utc) =>
        Effect.forEach(given, (factor) => factors.toStored(id, factor, now))

      const toInsert = Effect.fnUntraced(function*(rows: ReadonlyArray<PreparedRow>) {
        const now = yield* DateTime.now
        const accountIds: Array<AccountId> = []
        const stored = new Map<PreparedRow, NewImport["factors"]>()
        for (const row of rows) {
          const id = row.id ?? (yield* ids.accountId)
          accountIds.push(id)
          if (row.factors !== undefined) stored.set(row, yield* toStored(row.factors, id, now))
        }
        const commits = yield* trail.commitAll(Array.zipWith(rows, accountIds, (row, accountId): AuditSubject => ({
          action: "account.created",
          accountId,
          ...((row.factors?.length ?? 0) > 0 ? { changed: ["factors"] } : {})
        })))
        return Array.zipWith(Array.zip(rows, accountIds), commits, ([row, id], { audit }): NewImport => ({
          account: Account.make({
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
          }, UNCHECKED),
          emailKey: row.emailKey,
          // No password matches the decoy, so its holder recovers the account.
          passwordHash: row.passwordHash ?? hasher.decoy,
          factors: stored.get(row) ?? [],
          externalId: row.externalId,
          imported: row.mark,
          audit
        }))
      })

      const update = Effect.fnUntraced(
        function*({ changed, changes, externalId, id, imported, ...decision }: Update) {
          const now = yield* DateTime.now
          const addFactors = yield* toStored(decision.addFactors, id, now)
          const changesCredentials = changed.includes("email") || changed.includes("password")
          const endSessions = changesCredentials || changes.status === "disabled" || addFactors.length > 0
          const { sessionsEnded } = yield* transfer.update({
            externalId,
            imported,
            addFactors,
            removeFactors: decision.removeFactors,
            update: {
              id,
              precondition: { _tag: "Exists" },
              updatedAt: now,
              ...changes,
              endSessions,
              commit: yield* trail.commit({ action: "account.updated", accountId: id, changed })
            }
          })
          const reason = changes.status === "disabled"
            ? "account-disabled"
            : changesCredentials
            ? "password-changed"
            : "factor-added"
          yield* Metric.update(sessionsEndedBy(reason), sessionsEnded)
          return { outcome: "updated", id } as const
        }
      )

      const updated = (decision: Update): Effect.Effect<RowOutcome, StoreUnavailable> =>
        Effect.catchTags(update(decision), {
          AccountNotFound: () => Effect.succeed(GONE),
          EmailAlreadyExists: () => Effect.succeed(refusal("/email", "belongs to another account")),
          KeyTaken: () => Effect.succeed(refusal("", "has a key that another account was given meanwhile")),
          TooManyFactors: () => Effect.succeed(refusal("/factors", "would be too many for the account"))
        })

      /** Rows that have no key in common, all decided by one state of the store. Again when others take their keys. */
      const applyTogether = Effect.fnUntraced(
        function*(rows: ReadonlyArray<PreparedRow>, dryRun: boolean, newness: ImportNewness) {
          const isUnknown = newness.isLikely() && !dryRun && rows.every((row) => row.factors === undefined)
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
          for (const { decision } of decisions) {
            if (decision._tag === "Refuse") outcomes.push({ outcome: "refused", errors: decision.errors })
            else if (decision._tag === "Keep") outcomes.push({ outcome: "unchanged", id: decision.id })
            else if (decision._tag === "Create") {
              outcomes.push({ outcome: "created", id: dryRun ? undefined : created[next++]?.account.id })
            } else outcomes.push(dryRun ? { outcome: "updated", id: decision.id } : yield* updated(decision))
          }
          return outcomes
        },
        Effect.retry({ while: (error) => error._tag === "KeyTaken", times: 10 }),
        Effect.catchTag("KeyTaken", Effect.die)
      )

      const begin = Effect.fnUntraced(function*({ dryRun, ifExists }: ImportOptions) {
        const seen = makeSeenRows()
        const newness = makeImportNewness()
        const inTurn = makeImportTurns()

        const apply = Effect.fnUntraced(function*(rows: ReadonlyArray<PreparedOrNot>, hasRepeatedKeys: boolean) {
          const outcomes: Array<RowOutcome> = []
          let together: Array<PlacedRow> = []
          const taken = new Set<string>()
          const flush = Effect.fnUntraced(function*() {
            if (together.length === 0) return
            const decided = yield* applyTogether(together.map(({ row }) => row), dryRun, newness)
            decided.forEach((outcome, index) => {
              const at = together[index]
              if (at === undefined) return
              outcomes[at.place] = outcome
              if (outcome.outcome !== "refused") seen.add(at.digest)
            })
            together = []
            taken.clear()
          })
          for (const [place, prepared] of rows.entries()) {
            if (Result.isFailure(prepared)) {
              outcomes[place] = { outcome: "refused", errors: prepared.failure }
              continue
            }
            const row = prepared.success
            if (hasRepeatedKeys && row.keys.some((key) => taken.has(key))) yield* flush()
            const ofRow = rowDigest(nameOf(row), row.mark, digest)
            const earlier = seen.find(ofRow)
            if (dryRun && earlier === "same") {
              outcomes[place] = { outcome: "unchanged", id: row.id }
              continue
            }
            if (earlier === "other") {
              outcomes[place] = refusal(
                row.externalId === undefined ? "/email" : "/external_id",
                "is that of an earlier row, which is different"
              )
              continue
            }
            if (hasRepeatedKeys) { for (const key of row.keys) taken.add(key) }
            together.push({ row, place, digest: ofRow })
          }
          yield* flush()
          if (!dryRun) yield* countOutcomes(outcomes)
          return outcomes
        })

        return Effect.fn("Imports.apply")(function*(rows: ReadonlyArray<ReadRow>) {
          const ofRows = yield* factors.prepareAll(rows, (row) => nameOf({ ...row, emailKey: emailKey(row.email) }))
          const prepared = rows.map((read) => Result.flatMap(read, (row) => prepare(row, ifExists, ofRows)))
          const keys = prepared.flatMap((it) => Result.isSuccess(it) ? it.success.keys : [])
          const different = new Set(keys)
          return yield* inTurn(different, apply(prepared, different.size < keys.length))
        })
      })

      return Imports.of({ begin })
    })
  )
}

type Update = Extract<Decision, { readonly _tag: "Update" }>

type PreparedOrNot = Result.Result<PreparedRow, ReadonlyArray<RowError>>

/** A row with its place among those of one call. */
interface PlacedRow {
  readonly row: PreparedRow
  readonly place: number
  readonly digest: RowDigest
}

const refusal = (pointer: string, detail: string): RowOutcome => ({ outcome: "refused", errors: [{ pointer, detail }] })

/** The row has been checked. Checking it again would take a tenth of an import. */
const UNCHECKED = { disableChecks: true }

const GONE = refusal("", "is of an account that was deleted meanwhile")
