import { Effect } from "effect"
import type { AccountTransfer } from "../../ports/AccountTransfer.ts"
import type { Known, PreparedRow } from "./ImportDecisions.ts"

/** The accounts that have keys of some rows. */
export interface KnownAccounts {
  readonly size: number
  readonly of: (row: PreparedRow) => Known
}

export const NOBODY: KnownAccounts = {
  size: 0,
  of: () => ({ byId: undefined, byExternalId: undefined, byEmail: undefined })
}

export const findKnown = Effect.fnUntraced(
  function*(transfer: AccountTransfer["Service"], rows: ReadonlyArray<PreparedRow>) {
    const found = yield* transfer.findKnown({
      ids: rows.flatMap(({ id }) => id === undefined ? [] : [id]),
      externalIds: rows.flatMap(({ externalId }) => externalId === undefined ? [] : [externalId]),
      emailKeys: rows.map((row) => row.emailKey)
    })
    if (found.length === 0) return NOBODY
    const byId = new Map(found.map((it) => [it.account.id, it]))
    const byExternalId = new Map(found.flatMap((it) => it.externalId === undefined ? [] : [[it.externalId, it]]))
    const byEmail = new Map(found.map((it) => [it.emailKey, it]))
    const known: KnownAccounts = {
      size: found.length,
      of: (row) => ({
        byId: row.id === undefined ? undefined : byId.get(row.id),
        byExternalId: row.externalId === undefined ? undefined : byExternalId.get(row.externalId),
        byEmail: byEmail.get(row.emailKey)
      })
    }
    return known
  }
)
