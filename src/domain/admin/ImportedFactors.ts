/**
 * Factors that come with a row of an import.
 *
 * A seed in the clear is sealed before it is stored. A sealed one, from an export, stays unchanged: it opens only with
 * the ids that it was sealed with, so the row must have them, and this service must have the key. A passkey must be of
 * this service's domain: browsers would find no other, so its holder could not sign in.
 */
import type { DateTime } from "effect"
import { Effect, Option, Redacted, Result } from "effect"
import type { StoredFactor } from "../../ports/FactorStore.ts"
import { PasskeyVerifier } from "../../ports/PasskeyVerifier.ts"
import { sealingKeyOf, SecretBox } from "../../ports/SecretBox.ts"
import { AcceptedName } from "../model/Account.ts"
import type { AccountId } from "../model/Account.ts"
import { Factor, FactorId, FACTORS_MAX, seedOf } from "../model/Factor.ts"
import type { FactorType, SealedSecret } from "../model/Factor.ts"
import type { ImportedFactor, ImportRow, ReadRow, RowError } from "../model/ImportRow.ts"

/** A factor that has been examined. */
export interface PreparedFactor extends ImportedFactor {
  readonly id: FactorId
  /** What its id was while the row had no external id, if the row gives none. */
  readonly formerId?: FactorId
}

export type PreparedFactors = Map<ImportRow, Result.Result<ReadonlyArray<PreparedFactor>, ReadonlyArray<RowError>>>

const types = {
  Seed: "totp",
  SealedSeed: "totp",
  Passkey: "passkey",
  RecoveryCodes: "recovery_codes"
} satisfies Record<ImportedFactor["proof"]["_tag"], FactorType>

const NAMES = { totp: "Authenticator", passkey: "Passkey", recovery_codes: "Recovery codes" }

export const credentialIdOf = ({ proof }: ImportedFactor): string | undefined =>
  proof._tag === "Passkey" ? proof.passkey.credentialId : undefined

const isRepeated = (keys: ReadonlyArray<string>): boolean => new Set(keys).size < keys.length

const NOTHING: Result.Result<ReadonlyArray<PreparedFactor>> = Result.succeed([])

export const makeImportedFactors = Effect.fnUntraced(function*(digest: (text: string) => string) {
  const box = yield* SecretBox
  const { isUsable, relyingParty } = yield* PasskeyVerifier

  /**
   * The same for the same factor in each run. Only 64 bits of a seed's digest go into it, so the id identifies no
   * seed.
   */
  const idOf = (owner: string, { proof }: ImportedFactor): FactorId => {
    const text = proof._tag === "Seed"
      ? Redacted.value(proof.seed).join()
      : proof._tag === "Passkey"
      ? proof.passkey.credentialId
      : ""
    const bits = digest(JSON.stringify([owner, types[proof._tag], digest(text).slice(0, 16)])).slice(0, 32)
    return FactorId.make(`fct_${BigInt(`0x${bits}`).toString(36).padStart(25, "0")}`)
  }

  const unsealable = Effect.fnUntraced(function*(
    accountId: AccountId | undefined,
    id: FactorId | undefined,
    seed: SealedSecret
  ) {
    if (accountId === undefined || id === undefined) return "needs the ids of its account and its factor in the row"
    if (Option.isSome(yield* box.open(seed, seedOf({ accountId, id })))) return undefined
    return box.keyIds.includes(sealingKeyOf(seed))
      ? "was altered, or sealed for another account or factor, or with another key of this name than the one in " +
        "IDENTITY_ENCRYPTION_KEYS"
      : "was sealed with a key that isn't among IDENTITY_ENCRYPTION_KEYS here"
  })

  const problem = Effect.fnUntraced(function*(accountId: AccountId | undefined, { id, proof }: ImportedFactor) {
    if (proof._tag === "SealedSeed") {
      return { member: "sealed_secret", detail: yield* unsealable(accountId, id, proof.seed) }
    }
    if (proof._tag === "Passkey") {
      const detail = `must be ${relyingParty}, the domain of passkeys here (IDENTITY_PASSKEY_RP_ID)`
      if (proof.passkey.rpId !== relyingParty) return { member: "rp_id", detail }
      const unusable = "is no key by which a passkey can sign in here"
      return { member: "public_key", detail: (yield* isUsable(proof.passkey.publicKey)) ? undefined : unusable }
    }
    const cannotSeal = proof._tag === "Seed" && box.keyIds.length === 0
    return { member: "secret", detail: cannotSeal ? "can't be sealed without IDENTITY_ENCRYPTION_KEYS" : undefined }
  })

  /**
   * The factors of a row with their ids, or what is wrong with them. `owner` names the row in each run, and `formerly`
   * named it while it had no external id.
   */
  const prepare = Effect.fnUntraced(function*(
    accountId: AccountId | undefined,
    factors: ReadonlyArray<ImportedFactor>,
    owner: string,
    formerly: string
  ): Effect.fn.Return<Result.Result<ReadonlyArray<PreparedFactor>, ReadonlyArray<RowError>>> {
    const problems = yield* Effect.forEach(factors, (factor) => problem(accountId, factor))
    const errors = problems.flatMap(({ detail, member }, index) =>
      detail === undefined ? [] : [{ pointer: `/factors/${index}/${member}`, detail }]
    )
    if (errors.length > 0) return Result.fail(errors)
    const prepared = factors.map((factor) =>
      factor.id === undefined
        ? { ...factor, id: idOf(owner, factor), formerId: idOf(formerly, factor) }
        : { ...factor, id: factor.id }
    )
    return isRepeated(prepared.map(({ id }) => id)) || isRepeated(prepared.flatMap((it) => credentialIdOf(it) ?? []))
      ? Result.fail([{ pointer: "/factors", detail: "must not have a factor twice" }])
      : Result.succeed(prepared)
  })

  /** What `prepare` says of each row that has factors. */
  const prepareAll = Effect.fnUntraced(function*(
    rows: ReadonlyArray<ReadRow>,
    ownersOf: (row: ImportRow) => readonly [owner: string, formerly: string]
  ) {
    const prepared: PreparedFactors = new Map()
    for (const read of rows) {
      if (Result.isFailure(read)) continue
      const { factors, id } = read.success
      if (factors?.length === 0) prepared.set(read.success, NOTHING)
      else if (factors !== undefined) prepared.set(read.success, yield* prepare(id, factors, ...ownersOf(read.success)))
    }
    return prepared
  })

  return { prepareAll }
})

/** Makes factors of an account in the form that is stored. */
export const makeFactorStorage = Effect.gen(function*() {
  const box = yield* SecretBox

  const toStored = Effect.fnUntraced(function*(
    accountId: AccountId,
    given: PreparedFactor,
    now: DateTime.Utc
  ): Effect.fn.Return<StoredFactor> {
    const { createdAt = now, proof } = given
    const type = types[proof._tag]
    const codes = proof._tag === "RecoveryCodes" ? proof.codes : []
    const factor = Factor.make({
      id: given.id,
      accountId,
      type,
      name: given.name ?? AcceptedName.make(NAMES[type]),
      createdAt,
      confirmedAt: given.confirmedAt ?? createdAt,
      lastUsedAt: given.lastUsedAt,
      remaining: proof._tag === "RecoveryCodes" ? codes.length : undefined,
      passkey: proof._tag === "Passkey" ? proof.passkey : undefined
    })
    const seed = proof._tag === "Seed"
      ? yield* box.seal(proof.seed, seedOf(factor))
      : proof._tag === "SealedSeed"
      ? proof.seed
      : undefined
    return { factor, seed, codes, lastStep: "lastStep" in proof ? proof.lastStep : undefined, answered: [] }
  })

  return (given: ReadonlyArray<PreparedFactor>, accountId: AccountId, now: DateTime.Utc) =>
    Effect.forEach(given, (factor) => toStored(accountId, factor, now))
})

/** What becomes of an account's factors. */
export type FactorChange =
  | { readonly add: ReadonlyArray<PreparedFactor>; readonly remove: ReadonlyArray<FactorId> }
  | { readonly errors: ReadonlyArray<RowError> }

/**
 * Decides what a row changes of the factors that an account has. `before` is what is noted of the last import, as
 * `notedFactors` makes it.
 *
 * Factors come that are new in the row, and those go that an import brought and the row has no longer. What its holder
 * has enrolled or removed here stays so. `existing` are all factors that have a key in common with the row, and those
 * of the account.
 */
export const changeFactors = (
  given: ReadonlyArray<PreparedFactor>,
  holder: AccountId | undefined,
  before: ReadonlyArray<string>,
  existing: ReadonlyArray<Factor>
): FactorChange => {
  const isSame = (factor: PreparedFactor, other: Factor) =>
    factor.id === other.id ||
    (other.passkey !== undefined && other.passkey.credentialId === credentialIdOf(factor))
  const refuse = (pointer: string, detail: string) => ({ errors: [{ pointer: `/factors${pointer}`, detail }] })
  const errors = given.flatMap((factor, index) => {
    const taken = existing.find((other) => other.accountId !== holder && isSame(factor, other))
    if (taken === undefined) return []
    const member = taken.id === factor.id ? "id" : "credential_id"
    return refuse(`/${index}/${member}`, "belongs to a factor of another account").errors
  })
  if (errors.length > 0) return { errors }
  const current = existing.filter(({ accountId }) => accountId === holder)
  const add = given.filter((factor) => !isNoted(before, factor.id) && !current.some((other) => isSame(factor, other)))
  const codes = add.find(({ proof }) => proof._tag === "RecoveryCodes")
  const kept = current.filter((other) => !before.includes(other.id) || given.some((factor) => isSame(factor, other)))
  if (codes !== undefined && kept.some(({ type }) => type === "recovery_codes")) {
    return refuse(`/${given.indexOf(codes)}`, "can't take the place of recovery codes that the holder has made here")
  }
  if (kept.length + add.length > FACTORS_MAX) {
    return refuse("", `would be more than ${FACTORS_MAX} with those of the account`)
  }
  return { add, remove: current.filter((factor) => !kept.includes(factor)).map(({ id }) => id) }
}

/** Factors that an account has without an import. */
const OWN = "="

const isNoted = (before: ReadonlyArray<string>, id: FactorId): boolean =>
  before.includes(id) || before.includes(`${OWN}${id}`)

/** The factors of a row, by the ids under which they came before the row had an external id. */
export const asNoted = (
  given: ReadonlyArray<PreparedFactor>,
  before: ReadonlyArray<string>
): ReadonlyArray<PreparedFactor> =>
  given.map((factor) =>
    factor.formerId !== undefined && isNoted(before, factor.formerId) ? { ...factor, id: factor.formerId } : factor
  )

/**
 * What is noted of the factors of a row: their ids, because each is brought once. Those that no import has brought are
 * marked, so that none removes them.
 */
export const notedFactors = (
  given: ReadonlyArray<PreparedFactor>,
  added: ReadonlyArray<PreparedFactor>,
  before: ReadonlyArray<string>
): string =>
  textOf(given, ({ id }) => before.includes(id) || added.some((factor) => factor.id === id) ? id : `${OWN}${id}`)

/** The same of a row whose factors are all brought. */
export const broughtFactors = (given: ReadonlyArray<PreparedFactor>): string => textOf(given, ({ id }) => id)

const textOf = (given: ReadonlyArray<PreparedFactor>, written: (factor: PreparedFactor) => string): string =>
  given.length === 0 ? "none" : given.toSorted((self, that) => self.id < that.id ? -1 : 1).map(written).join(",")

/** Whether two marks of an account say the same, apart from who brought its factors. */
export const areSameMarks = (self: string, that: string): boolean =>
  self.replaceAll(OWN, "") === that.replaceAll(OWN, "")
