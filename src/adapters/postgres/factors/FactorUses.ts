import { DateTime, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { forgettable } from "../../../domain/model/PasskeyChallenge.ts"
import type { FactorUse } from "../../../ports/Commit.ts"
import type { Connection } from "../connection/Connection.ts"
import { failureCode } from "../connection/StoreFailure.ts"
import { execute, statement } from "../statement.ts"
import type { Placeholders } from "../statement.ts"
import { passkeyFields } from "./FactorRows.ts"

/**
 * Uses a factor, if it can be used like this. Has to run in the transaction of what that permits. Returns whether it
 * was usable. One statement decides it, so of many at the same time one uses a code.
 */
export const useFactor = Effect.fnUntraced(
  function*(connection: Connection, use: FactorUse | undefined): Effect.fn.Return<boolean, SqlError> {
    if (use === undefined) return true
    const { rowCount } = yield* executeUse(connection, use)
    return rowCount === 1
  },
  // Another factor has the credential.
  (using) => Effect.catchIf(using, (error) => failureCode(error) === "23505", () => Effect.succeed(false))
)

const executeUse = (connection: Connection, use: FactorUse) => {
  switch (use.by._tag) {
    case "Step":
      return execute(connection, useStep, use)
    case "RecoveryCode":
      return execute(connection, useRecoveryCode, use)
    case "Passkey":
      return execute(connection, usePasskey, use)
  }
}

const now = (use: FactorUse) => DateTime.toDateUtc(use.now)

const createdAfter = ({ confirms }: FactorUse) => confirms && DateTime.toDateUtc(confirms.createdAfter)

const useIf = (change: string, condition: string, $: Placeholders<FactorUse>) => `
  UPDATE factors SET last_used_at = ${$(now)}, confirmed_at = coalesce(confirmed_at, ${$(now)}), ${change}
  WHERE id = ${$(({ id }) => id)} AND account_id = ${$(({ accountId }) => accountId)} AND ${condition}
    AND CASE WHEN ${$(createdAfter)}::timestamptz IS NULL THEN confirmed_at IS NOT NULL
      ELSE confirmed_at IS NULL AND created_at > ${$(createdAfter)} END`

const step = ({ by }: FactorUse) => by._tag === "Step" ? by.step : undefined
const digest = ({ by }: FactorUse) => by._tag === "RecoveryCode" ? by.digest : undefined
const challenge = ({ by }: FactorUse) => by._tag === "Passkey" ? by.challenge : undefined
const forgotten = (use: FactorUse) => forgettable(use.now)
const passkey = ({ by }: FactorUse) => passkeyFields(by._tag === "Passkey" ? by.passkey : undefined)

const useStep = statement<FactorUse>(($) =>
  useIf(`last_step = ${$(step)}`, `type = 'totp' AND (last_step IS NULL OR last_step < ${$(step)})`, $)
)

const useRecoveryCode = statement<FactorUse>(($) =>
  useIf(`codes = array_remove(codes, ${$(digest)})`, `${$(digest)} = ANY (codes)`, $)
)

const usePasskey = statement<FactorUse>(($) => {
  const of = $.of(passkey)
  return useIf(
    `credential_id = ${of((it) => it.credentialId)}, public_key = ${of((it) => it.publicKey)},
      sign_count = ${of((it) => it.signCount)}, transports = ${of((it) => it.transports && [...it.transports])}::text[],
      backed_up = ${of((it) => it.backedUp)}, aaguid = ${of((it) => it.aaguid)}, rp_id = ${of((it) => it.rpId)},
      answered = array_append(
        ARRAY(SELECT stamp FROM unnest(answered) AS stamp WHERE stamp > ${$(forgotten)}), ${$(challenge)}
      )`,
    `type = 'passkey' AND ${$(challenge)} <> ALL (coalesce(answered, '{}'))`,
    $
  )
})
