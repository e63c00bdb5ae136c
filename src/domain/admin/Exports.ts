/** Gives out accounts in the form in which an import takes them, in order of their ids. */
import { Context, Effect, Layer, Option, Stream } from "effect"
import { AccountTransfer } from "../../ports/AccountTransfer.ts"
import { Directory } from "../../ports/Directory.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { AccountId } from "../model/Account.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"
import type { ExportedAccount } from "../model/ImportRow.ts"
import { everyPart } from "../paging/Paging.ts"

export interface ExportOptions {
  /** Only accounts with later ids: those that an interrupted export had not reached. */
  readonly after: Option.Option<AccountId>
  /** Only recorded here. The caller decides what of an account it shows. */
  readonly withCredentials: boolean
}

/** How many accounts are read at once. */
const PART = 1000

export class Exports extends Context.Service<Exports, {
  /**
   * The accounts, a part at a time, none of which is empty. Each account is as of one instant. Accounts that are
   * created meanwhile come if their ids are later than what was read.
   */
  readonly accounts: (
    options: ExportOptions
  ) => Stream.Stream<ReadonlyArray<ExportedAccount>, StoreUnavailable>

  /** About how many accounts there are. */
  readonly estimate: Effect.Effect<number, StoreUnavailable>
}>()("identityd/domain/admin/Exports") {
  static readonly layer = Layer.effect(
    Exports,
    Effect.gen(function*() {
      const transfer = yield* AccountTransfer
      const directory = yield* Directory
      const trail = yield* AuditTrail

      const load = (after: Option.Option<AccountId>) =>
        Effect.map(transfer.list({ after, limit: PART }), (items) => {
          const last = items.length < PART ? undefined : items.at(-1)
          return { items, next: Option.fromUndefinedOr(last?.account.id) }
        })

      const accounts = ({ after, withCredentials }: ExportOptions) =>
        Stream.unwrap(
          Effect.as(
            trail.record({ action: withCredentials ? "credentials.exported" : "accounts.exported" }),
            everyPart(load, after)
          )
        )

      return Exports.of({ accounts, estimate: Effect.map(directory.estimate, ({ account }) => account) })
    })
  )
}
