import { Schema } from "effect"
import type { DateTime, Redacted, Result } from "effect"
import type { Account, AccountId, AccountStatus, DisplayName } from "./Account.ts"
import type { Email } from "./Email.ts"
import type { Factor, FactorId, Passkey, SealedSecret } from "./Factor.ts"
import type { PasswordHash } from "./Password.ts"
import { codePointLength, WellFormedText } from "./UnicodeText.ts"

/** The most code points of an external id. */
const EXTERNAL_ID_LENGTH_MAX = 255

/** The id of an account in the system that it came from: 1 to 255 code points without control characters. */
export const ExternalId = WellFormedText.check(
  Schema.makeFilter((text: string) => {
    if (text === "" || codePointLength(text) > EXTERNAL_ID_LENGTH_MAX) {
      return `must have 1 to ${EXTERNAL_ID_LENGTH_MAX} characters`
    }
    return /\p{Cc}/u.test(text) ? "must not contain control characters" : undefined
  })
).pipe(Schema.brand("ExternalId"))
export type ExternalId = typeof ExternalId.Type

/** What to do with a row whose account is known by its id, its external id or its email. */
export const IfExists = Schema.Literals(["refuse", "skip", "update"])
export type IfExists = typeof IfExists.Type

/** A factor to import, which its holder has confirmed. Its account gets it once, under its id. */
export interface ImportedFactor {
  /** Made of what the factor is, if it is left out. */
  readonly id?: FactorId
  readonly name?: DisplayName
  readonly createdAt?: DateTime.Utc
  readonly confirmedAt?: DateTime.Utc
  readonly lastUsedAt?: DateTime.Utc
  readonly proof:
    | { readonly _tag: "Seed"; readonly seed: Redacted.Redacted<Uint8Array>; readonly lastStep: number | undefined }
    /** It opens only for the account and the factor with the ids in the row. */
    | { readonly _tag: "SealedSeed"; readonly seed: SealedSecret; readonly lastStep: number | undefined }
    | { readonly _tag: "Passkey"; readonly passkey: Passkey }
    /** The digests of those that are unused. */
    | { readonly _tag: "RecoveryCodes"; readonly codes: ReadonlyArray<string> }
}

/** An account to import. Members that are left out stay unchanged, or are those of new accounts. */
export interface ImportRow {
  readonly id?: AccountId | undefined
  readonly externalId?: ExternalId | undefined
  readonly email: Email
  readonly emailVerified?: boolean | undefined
  /** Whether an email of the account was ever verified; `emailVerified` if left out. Only counts for new accounts. */
  readonly emailProven?: boolean | undefined
  readonly displayName: DisplayName
  /** Of any system. It has not been examined yet. */
  readonly passwordHash?: string | undefined
  readonly factors?: ReadonlyArray<ImportedFactor> | undefined
  readonly status?: AccountStatus | undefined
  readonly createdAt?: DateTime.Utc | undefined
  readonly ifExists?: IfExists | undefined
}

/** What is wrong with a member of a row. `detail` is worded to follow the name of the member. */
export interface RowError {
  /** An RFC 6901 pointer; empty for the whole row. */
  readonly pointer: string
  readonly detail: string
}

/** What became of a row. */
export type RowOutcome =
  /** A dry run gives new accounts no id. */
  | { readonly outcome: "created" | "unchanged" | "updated"; readonly id: AccountId | undefined }
  | { readonly outcome: "refused"; readonly errors: ReadonlyArray<RowError> }

/** A row as far as it could be read. */
export type ReadRow = Result.Result<ImportRow, ReadonlyArray<RowError>>

/** A confirmed factor with what verifies it. */
export interface ExportedFactor {
  readonly factor: Factor
  readonly seed: SealedSecret | undefined
  readonly lastStep: number | undefined
  readonly codes: ReadonlyArray<string>
}

/** An account with what an import takes of it. */
export interface ExportedAccount {
  readonly account: Account
  /** Whether an email of the account was ever verified. */
  readonly isProven: boolean
  readonly externalId: ExternalId | undefined
  readonly passwordHash: PasswordHash
  /** The oldest first. */
  readonly factors: ReadonlyArray<ExportedFactor>
}
