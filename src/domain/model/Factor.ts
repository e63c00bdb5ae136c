import { Brand, Duration, Schema } from "effect"
import { AcceptedName, AccountId } from "./Account.ts"
import { recordId } from "./RecordId.ts"

/** `fct_` and 128 random bits in 25 base36 digits. */
export const FactorId = recordId("fct", "a factor id").pipe(Schema.brand("FactorId"))
export type FactorId = typeof FactorId.Type

export const FactorType = Schema.Literals(["totp", "passkey", "recovery_codes"])
export type FactorType = typeof FactorType.Type

/** What an authenticator has registered (WebAuthn Level 3, §6.1). */
export class Passkey extends Schema.Class<Passkey>("identityd/domain/model/Passkey")({
  /** The domain that it belongs to. */
  rpId: Schema.String,
  /** In base64url, as browsers write it. */
  credentialId: Schema.String,
  /** A COSE key. */
  publicKey: Schema.Uint8Array,
  /** How many signatures the authenticator has counted. Synced passkeys always say 0. */
  signCount: Schema.Int,
  transports: Schema.Array(Schema.String),
  backedUp: Schema.Boolean,
  aaguid: Schema.String
}) {}

/**
 * Something besides a password by which the holder of an account signs in. It counts from `confirmedAt` on, when its
 * holder has shown that they can use it. `remaining` counts unused recovery codes.
 */
export class Factor extends Schema.Class<Factor>("identityd/domain/model/Factor")({
  id: FactorId,
  accountId: AccountId,
  type: FactorType,
  name: AcceptedName,
  createdAt: Schema.DateTimeUtc,
  confirmedAt: Schema.UndefinedOr(Schema.DateTimeUtc),
  lastUsedAt: Schema.UndefinedOr(Schema.DateTimeUtc),
  remaining: Schema.UndefinedOr(Schema.Int),
  passkey: Schema.UndefinedOr(Passkey)
}) {}

/** A secret as only `SecretBox` reads it: `<key id>.<base64url>`. */
export type SealedSecret = string & Brand.Brand<"SealedSecret">
export const SealedSecret = Brand.nominal<SealedSecret>()

/** What must hold of whatever is sealed, so that nobody can put it in another place. */
export const seedOf = ({ accountId, id }: Pick<Factor, "accountId" | "id">): string => `totp seed of ${accountId} ${id}`

/** How long a factor can be confirmed after it was created. */
export const CONFIRMATION_LIFETIME = Duration.hours(1)

/** The most factors of an account. */
export const FACTORS_MAX = 10

/**
 * Whether somebody who has only the password needs this factor to sign in. Recovery codes stand in for another factor
 * and are none by themselves.
 */
export const isSecondFactor = ({ confirmedAt, type }: Factor): boolean =>
  confirmedAt !== undefined && type !== "recovery_codes"

/** The seconds in which a code of an authenticator application is the same (RFC 6238). */
export const TOTP_STEP = Duration.seconds(30)
