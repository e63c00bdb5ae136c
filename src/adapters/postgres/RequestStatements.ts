/**
 * How a statement that takes effect for an idempotent request completes that request: `owned` holds the claim while the
 * statement runs, and `completed` answers it if the effect happened.
 */
import type { RequestCompletion } from "../../ports/IdentityStore.ts"

/** Values for the parts below, in the order of their parameters. */
export const completionParameters = (completes: RequestCompletion): ReadonlyArray<unknown> => [
  completes.key,
  completes.owner,
  completes.answer
]

/** The part `owned`, which has a row only while the claim is its owner's and not completed. */
export const ownedRequest = (first: number): string =>
  `owned AS (
    SELECT key FROM idempotency_keys WHERE key = $${first} AND owner = $${first + 1} AND answer IS NULL FOR UPDATE
  )`

/** The part `completed`. `change` is the name of an earlier part that has rows if, and only if, the effect happened. */
export const completeIf = (change: string, first: number): string =>
  `completed AS (
    UPDATE idempotency_keys SET answer = $${first + 2} WHERE key = $${first} AND EXISTS (SELECT FROM ${change})
  )`
