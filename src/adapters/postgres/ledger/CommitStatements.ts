/**
 * Lets a statement carry out the commit of its mutation, in parts of its own.
 *
 * A mutation that its commit can refuse begins with `conditionsOf`, makes its change only where `permitted` holds, and
 * selects `outcome`. Every mutation goes on with `commitIf`, and selects `committed` unless its outcome contains that.
 */
import type { Commit, UnconditionalCommit } from "../../../ports/Commit.ts"
import { mailIf } from "../mail/MailStatements.ts"
import type { Placeholders } from "../statement.ts"
import { settleIf, spentSuccesses, spentUntil } from "./AttemptStatements.ts"
import { recorded, recordIf } from "./AuditStatements.ts"

/**
 * The members of a commit that a statement handles. There are separate statements for commits with and without a rare
 * member.
 */
interface Members {
  readonly attempt?: boolean
  readonly request?: boolean
}

/**
 * The parts `owned`, with a row while the request has its claim and isn't completed, and `spent`, with a row while
 * successes are used up.
 */
export const conditionsOf = ({ attempt, request }: Members, $: Placeholders<Commit>): string =>
  `${request ? ownedRequest($) : "owned AS (SELECT true)"}, ${
    attempt ? spentSuccesses($.of(attemptOf)) : "spent AS (SELECT NULL::timestamptz AS closed_until WHERE false)"
  }`

export const permitted = "EXISTS (SELECT FROM owned) AND NOT EXISTS (SELECT FROM spent)"

/**
 * The parts that carry out a commit. `change` is the name of an earlier part that has rows if, and only if, the change
 * happened.
 */
export const commitIf = (change: string, $: Placeholders<UnconditionalCommit>): string =>
  `${recordIf(change, $.of(({ audit }) => audit))}, ${mailIf(change, $.of(({ mails }) => mails))}`

/** Does what `commitIf` does, for a mutation that its commit can refuse. */
export const conditionalCommitIf = (change: string, { attempt, request }: Members, $: Placeholders<Commit>): string =>
  `${commitIf(change, $)}${request ? `, ${completeIf(change, $)}` : ""}${
    attempt ? `, ${settleIf(`EXISTS (SELECT FROM ${change})`, $.of(attemptOf))}` : ""
  }`

export const committed = recorded

export const outcome = `${committed}, ${spentUntil}, EXISTS (SELECT FROM owned) AS owned`

const attemptOf = ({ attempt }: Commit) => attempt

const key = ({ request }: Commit) => request?.key

const ownedRequest = ($: Placeholders<Commit>): string =>
  `owned AS (
    SELECT key FROM idempotency_keys
    WHERE key = ${$(key)} AND owner = ${$(({ request }) => request?.owner)} AND answer IS NULL FOR UPDATE
  )`

const completeIf = (change: string, $: Placeholders<Commit>): string =>
  `completed AS (
    UPDATE idempotency_keys SET answer = ${$(({ request }) => request?.answer)}
    WHERE key = ${$(key)} AND EXISTS (SELECT FROM ${change})
  )`
