/** The factors in the lines of imports and exports. */
import { Redacted, Schema } from "effect"
import { DisplayName } from "../domain/model/Account.ts"
import { FactorId, FACTORS_MAX, Passkey, SealedSecret } from "../domain/model/Factor.ts"
import type { ExportedFactor, ImportedFactor } from "../domain/model/ImportRow.ts"
import { Transports } from "../domain/model/PasskeyAnswers.ts"
import { fromBase32 } from "../kernel/Base32.ts"
import { instantText } from "../kernel/InstantText.ts"
import { StoredInstant } from "./Instant.ts"

/** 80 bits: what authenticator applications have been given before RFC 4226 asked for 128. */
const SEED_LENGTH_MIN = 10

const SEED_LENGTH_MAX = 64

const SEED_PROBLEM = `must be ${SEED_LENGTH_MIN} to ${SEED_LENGTH_MAX} bytes in base32`

/** Whether a seed is one that an import takes. */
export const isSeed = ({ length }: Uint8Array): boolean => length >= SEED_LENGTH_MIN && length <= SEED_LENGTH_MAX

/** The seed of a text is checked by what it decodes to. */
const seedIn = (text: string): Uint8Array | undefined => {
  const bytes = fromBase32(text)
  return bytes !== undefined && isSeed(bytes) ? bytes : undefined
}

const Seed = Schema.String.pipe(
  Schema.check(Schema.makeFilter((text: string) => seedIn(text) === undefined ? SEED_PROBLEM : undefined))
)

const base64Url = (pattern: RegExp, form: string) =>
  Schema.String.pipe(Schema.check(Schema.isPattern(pattern, { message: `must be ${form} in base64url` })))

/**
 * At most 1,023 bytes (WebAuthn Level 3, §4, Credential ID), in the spelling of browsers. In another one of the same
 * bytes, the passkey would never be found.
 */
const CredentialId = Schema.String.pipe(
  Schema.check(
    Schema.makeFilter((text: string) =>
      text !== "" && text.length <= 1364 && Buffer.from(text, "base64url").toString("base64url") === text
        ? undefined
        : "must be an id in base64url"
    )
  )
)

const AAGUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const wholeNumber = (maximum: number) => Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum })))

const members = {
  name: Schema.optionalKey(DisplayName),
  created_at: Schema.optionalKey(StoredInstant),
  confirmed_at: Schema.optionalKey(StoredInstant),
  last_used_at: Schema.optionalKey(StoredInstant)
}

const WrittenTotp = Schema.Struct({
  type: Schema.Literal("totp"),
  id: Schema.optionalKey(FactorId),
  ...members,
  secret: Schema.optionalKey(Seed),
  sealed_secret: Schema.optionalKey(Schema.String),
  last_step: Schema.optionalKey(wholeNumber(2 ** 31 - 1))
}).pipe(
  Schema.check(Schema.makeFilter(({ sealed_secret, secret }) =>
    (secret === undefined) === (sealed_secret === undefined)
      ? { path: ["secret"], issue: "is needed, or else `sealed_secret`: one of them" }
      : undefined
  ))
)

const WrittenPasskey = Schema.Struct({
  type: Schema.Literal("passkey"),
  id: Schema.optionalKey(FactorId),
  ...members,
  rp_id: Schema.NonEmptyString,
  credential_id: CredentialId,
  public_key: base64Url(/^[A-Za-z0-9_-]{40,4096}$/, "a COSE key"),
  sign_count: Schema.optionalKey(wholeNumber(2 ** 32 - 1)),
  transports: Schema.optionalKey(Transports),
  backed_up: Schema.optionalKey(Schema.Boolean),
  aaguid: Schema.optionalKey(Schema.String.pipe(Schema.check(Schema.isPattern(AAGUID, { message: "must be a UUID" }))))
})

const WrittenRecoveryCodes = Schema.Struct({
  type: Schema.Literal("recovery_codes"),
  id: FactorId,
  ...members,
  digests: Schema.Array(base64Url(/^[A-Za-z0-9_-]{43}$/, "a digest")).pipe(Schema.check(Schema.isMaxLength(100)))
})

const WrittenFactor = Schema.Union([WrittenTotp, WrittenPasskey, WrittenRecoveryCodes]).annotate({
  expected: "a factor of type `totp`, `passkey` or `recovery_codes`"
})

const atMostOneSet = Schema.makeFilter((factors: ReadonlyArray<{ readonly type: string }>) =>
  factors.filter(({ type }) => type === "recovery_codes").length > 1
    ? "must not have two sets of recovery codes"
    : undefined
)

/** What an import takes for `factors`. */
export const WrittenFactors = Schema.Array(WrittenFactor).pipe(
  Schema.check(Schema.isMaxLength(FACTORS_MAX, { message: `must be at most ${FACTORS_MAX}` }), atMostOneSet)
)

export const importedFactor = (written: typeof WrittenFactor.Type): ImportedFactor => ({
  ...(written.id === undefined ? {} : { id: written.id }),
  ...(written.name === undefined ? {} : { name: written.name }),
  ...(written.created_at === undefined ? {} : { createdAt: written.created_at }),
  ...(written.confirmed_at === undefined ? {} : { confirmedAt: written.confirmed_at }),
  ...(written.last_used_at === undefined ? {} : { lastUsedAt: written.last_used_at }),
  proof: proofOf(written)
})

const NO_AAGUID = "00000000-0000-0000-0000-000000000000"

const proofOf = (written: typeof WrittenFactor.Type): ImportedFactor["proof"] => {
  switch (written.type) {
    case "totp": {
      const { last_step: lastStep, sealed_secret = "", secret } = written
      return secret === undefined
        ? { _tag: "SealedSeed", seed: SealedSecret(sealed_secret), lastStep }
        : { _tag: "Seed", lastStep, seed: Redacted.make(seedIn(secret) ?? new Uint8Array(), { label: "TotpSeed" }) }
    }
    case "passkey":
      return {
        _tag: "Passkey",
        passkey: Passkey.make({
          rpId: written.rp_id,
          credentialId: written.credential_id,
          publicKey: new Uint8Array(Buffer.from(written.public_key, "base64url")),
          signCount: written.sign_count ?? 0,
          transports: written.transports ?? [],
          backedUp: written.backed_up ?? false,
          aaguid: written.aaguid ?? NO_AAGUID
        })
      }
    case "recovery_codes":
      return { _tag: "RecoveryCodes", codes: written.digests }
  }
}

/** A factor as an export writes it. An import takes all of it. */
export const exportedFactor = ({ codes, factor, lastStep, seed }: ExportedFactor) => ({
  type: factor.type,
  id: factor.id,
  name: factor.name,
  created_at: instantText(factor.createdAt),
  confirmed_at: factor.confirmedAt && instantText(factor.confirmedAt),
  last_used_at: factor.lastUsedAt && instantText(factor.lastUsedAt),
  sealed_secret: seed,
  last_step: lastStep,
  digests: factor.type === "recovery_codes" ? codes : undefined,
  ...(factor.passkey && {
    rp_id: factor.passkey.rpId,
    credential_id: factor.passkey.credentialId,
    public_key: Buffer.from(factor.passkey.publicKey).toString("base64url"),
    sign_count: factor.passkey.signCount,
    transports: factor.passkey.transports,
    backed_up: factor.passkey.backedUp,
    aaguid: factor.passkey.aaguid
  })
})
