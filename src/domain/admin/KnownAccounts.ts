import { Effect } from "effect"
import type { AccountTransfer } from "../../ports/AccountTransfer.ts"
import type { AccountId } from "../model/Account.ts"
import type { Factor } from "../model/Factor.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"
import type { Known, PreparedRow } from "./ImportDecisions.ts"
import { credentialIdOf } from "./ImportedFactors.ts"

/** The accounts that have keys of some rows. */
export interface KnownAccounts {
  readonly size: number
  readonly of: (row: PreparedRow) => Known
}

const UNKNOWN: Known = { byId: undefined, byExternalId: undefined, byEmail: undefined, factors: [] }

export const NOBODY: KnownAccounts = { size: 0, of: () => UNKNOWN }

export const findKnown = Effect.fnUntraced(
  function*(transfer: AccountTransfer["Service"], rows: ReadonlyArray<PreparedRow>) {
    const found = yield* transfer.findKnown({
      ids: rows.flatMap(({ id }) => id === undefined ? [] : [id]),
      externalIds: rows.flatMap(({ externalId }) => externalId === undefined ? [] : [externalId]),
      emailKeys: rows.map((row) => row.emailKey)
    })
    const factors = yield* findFactors(transfer, rows, found.map(({ account }) => account.id))
    if (found.length === 0 && factors.length === 0) return NOBODY
    const byId = new Map(found.map((it) => [it.account.id, it]))
    const byExternalId = new Map(found.flatMap((it) => it.externalId === undefined ? [] : [[it.externalId, it]]))
    const byEmail = new Map(found.map((it) => [it.emailKey, it]))
    const known: KnownAccounts = {
      size: found.length,
      of: (row) => ({
        byId: row.id === undefined ? undefined : byId.get(row.id),
        byExternalId: row.externalId === undefined ? undefined : byExternalId.get(row.externalId),
        byEmail: byEmail.get(row.emailKey),
        factors
      })
    }
    return known
  }
)

/** The factors that have a key of the rows' factors, and those of these accounts. */
const findFactors = (
  transfer: AccountTransfer["Service"],
  rows: ReadonlyArray<PreparedRow>,
  accountIds: ReadonlyArray<AccountId>
): Effect.Effect<ReadonlyArray<Factor>, StoreUnavailable> => {
  const given = rows.flatMap((row) => row.factors ?? [])
  const isAsked = given.length > 0 || (accountIds.length > 0 && rows.some((row) => row.factors !== undefined))
  return !isAsked ? Effect.succeed([]) : transfer.findFactors({
    accountIds,
    ids: given.map(({ id }) => id),
    credentialIds: given.flatMap((factor) => credentialIdOf(factor) ?? [])
  })
}
