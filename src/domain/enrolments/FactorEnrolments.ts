/** How factors of each type begin. What their holders need of them is shown this once. */
import { DateTime, Effect } from "effect"
import type { Redacted } from "effect"
import { FactorStore } from "../../ports/FactorStore.ts"
import type { StoredFactor } from "../../ports/FactorStore.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { OneTimeCodes } from "../../ports/OneTimeCodes.ts"
import { SecretBox } from "../../ports/SecretBox.ts"
import type { Confirmed } from "../accounts/Confirmation.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { Passkeys } from "../factors/Passkeys.ts"
import type { Ceremony } from "../factors/Passkeys.ts"
import { Notices } from "../mail/Notices.ts"
import type { DisplayName } from "../model/Account.ts"
import { Factor, seedOf } from "../model/Factor.ts"
import type { FactorType } from "../model/Factor.ts"
import type { PasskeyCreationOptions } from "../model/PasskeyOptions.ts"

/** A new factor, with the secret that its holder sees this once. */
export type EnrolledFactor =
  | { readonly type: "totp"; readonly factor: Factor; readonly seed: Redacted.Redacted<Uint8Array> }
  | { readonly type: "passkey"; readonly factor: Factor; readonly options: PasskeyCreationOptions }
  | {
    readonly type: "recovery_codes"
    readonly factor: Factor
    readonly codes: ReadonlyArray<Redacted.Redacted<string>>
  }

export const makeEnrolments = Effect.gen(function*() {
  const store = yield* FactorStore
  const ids = yield* IdGenerator
  const box = yield* SecretBox
  const codes = yield* OneTimeCodes
  const trail = yield* AuditTrail
  const notices = yield* Notices
  const passkeys = yield* Passkeys

  const draft = Effect.fnUntraced(function*({ account }: Confirmed, type: FactorType, name: DisplayName) {
    const now = yield* DateTime.now
    return Factor.make({
      id: yield* ids.factorId,
      accountId: account.id,
      type,
      name,
      createdAt: now,
      confirmedAt: type === "recovery_codes" ? now : undefined,
      lastUsedAt: undefined,
      remaining: undefined,
      passkey: undefined
    })
  })

  const save = Effect.fnUntraced(function*(
    { account, precondition }: Confirmed,
    factor: Factor,
    secret: Partial<Pick<StoredFactor, "codes" | "seed">> = {}
  ) {
    const stored = { factor, seed: undefined, lastStep: undefined, codes: [], answered: [], ...secret }
    const commit = yield* trail.commit({ action: "factor.created", accountId: account.id })
    // Holders are notified of an unconfirmed factor when it counts.
    const notice = factor.confirmedAt === undefined ? {} : yield* notices.of({ purpose: "factor-added", account })
    yield* store.insert({ stored, precondition: precondition(), commit: { ...commit, ...notice } })
  })

  const totp = Effect.fnUntraced(function*(confirmed: Confirmed, name: DisplayName) {
    const factor = yield* draft(confirmed, "totp", name)
    const seed = yield* codes.newSeed
    yield* save(confirmed, factor, { seed: yield* box.seal(seed, seedOf(factor)) })
    return { type: "totp" as const, factor, seed }
  })

  const passkey = Effect.fnUntraced(function*(confirmed: Confirmed, name: DisplayName) {
    const factor = yield* draft(confirmed, "passkey", name)
    const options = yield* passkeys.creationOptions(confirmed.account, registrationOf(factor))
    yield* save(confirmed, factor)
    return { type: "passkey" as const, factor, options }
  })

  const recoveryCodes = Effect.fnUntraced(function*(confirmed: Confirmed, name: DisplayName) {
    const made = yield* codes.newRecoveryCodes
    const digests = yield* Effect.forEach(made, codes.digestOf)
    const factor = Factor.make({
      ...(yield* draft(confirmed, "recovery_codes", name)),
      remaining: digests.length
    })
    yield* save(confirmed, factor, { codes: digests })
    return { type: "recovery_codes" as const, factor, codes: made }
  })

  return { totp, passkey, recovery_codes: recoveryCodes }
})

/** The ceremony in which the passkey of a factor is made. */
export const registrationOf = ({ id }: Factor): Ceremony => ({ kind: "registration", subject: id })
