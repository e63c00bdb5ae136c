/**
 * How a statement that takes effect for an idempotent request completes that request: `owned` holds the claim while the
 * statement runs, and `completed` answers it if the effect happened.
 */
import type { RequestCompletion } from "../../ports/IdentityStore.ts"
import type { Placeholders } from "./statement.ts"

const key = (completes: RequestCompletion) => completes.key

/** The part `owned`, which has a row only while the claim is its owner's and not completed. */
export const ownedRequest = ($: Placeholders<RequestCompletion>): string =>
  `owned AS (
    SELECT key FROM idempotency_keys WHERE key = ${$(key)} AND owner = ${$(({ owner }) => owner)} AND answer IS NULL
    FOR UPDATE
  )`

/** The part `completed`. `change` is the name of an earlier part that has rows if, and only if, the effect happened. */
export const completeIf = (change: string, $: Placeholders<RequestCompletion>): string =>
  `completed AS (
    UPDATE idempotency_keys SET answer = ${$(({ answer }) => answer)}
    WHERE key = ${$(key)} AND EXISTS (SELECT FROM ${change})
  )`
