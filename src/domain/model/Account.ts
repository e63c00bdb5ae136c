import { Schema, SchemaTransformation } from "effect"
import { Email } from "./Email.ts"
import { recordId } from "./RecordId.ts"
import { codePointLength, WellFormedText } from "./UnicodeText.ts"
import { visibilityProblem } from "./VisibleText.ts"

/** `acct_` and a UUIDv7 in 25 base36 digits, so that ids sort by creation. */
export const AccountId = recordId("acct", "an account id").pipe(Schema.brand("AccountId"))
export type AccountId = typeof AccountId.Type

/** The most code points in a display name. */
export const DISPLAY_NAME_LENGTH_MAX = 200

const tooLong = `must be at most ${DISPLAY_NAME_LENGTH_MAX} characters`

const printable = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u

/**
 * The name that people see: 1 to 200 code points in NFC, at least one of them visible. Control characters, line breaks,
 * marks that turn the direction of text and meaningless invisible characters are refused. Blanks at both ends are
 * removed.
 */
export const DisplayName = WellFormedText.check(
  // This comes before normalising, which takes quadratic time on combining marks. NFC joins at most four code points
  // into one.
  Schema.makeFilter((text: string) => text.length <= DISPLAY_NAME_LENGTH_MAX * 8 ? undefined : tooLong)
).pipe(
  Schema.decode(SchemaTransformation.transform({
    decode: (text) => text.normalize("NFC").trim(),
    encode: (text) => text
  })),
  Schema.check(Schema.makeFilter((text: string) => {
    const length = codePointLength(text)
    if (length === 0) return "must not be blank"
    if (length > DISPLAY_NAME_LENGTH_MAX) return tooLong
    return printable.test(text) ? visibilityProblem(text) : "must not contain control characters or line breaks"
  })),
  Schema.brand("DisplayName")
)
export type DisplayName = typeof DisplayName.Type

/** A name that some release accepted. It stays readable when the rules have become stricter since. */
export const AcceptedName = Schema.String.pipe(Schema.brand("DisplayName"))

export const AccountStatus = Schema.Literals(["active", "disabled"])
export type AccountStatus = typeof AccountStatus.Type

/**
 * An account, whose holder may sign in while it is active.
 *
 * `version` starts at 1 and grows by 1 with every change of the account. `sessionEpoch` grows whenever all sessions
 * end: a session lives only while it has the epoch of its account. `credentialEpoch` grows with every change of
 * password, email or status: a challenge can be answered only while it has that of its account.
 */
export class Account extends Schema.Class<Account>("identityd/domain/model/Account")({
  id: AccountId,
  email: Email,
  emailVerified: Schema.Boolean,
  displayName: AcceptedName,
  status: AccountStatus,
  version: Schema.Int,
  sessionEpoch: Schema.Int,
  credentialEpoch: Schema.Int,
  createdAt: Schema.DateTimeUtc,
  updatedAt: Schema.DateTimeUtc
}) {}

/** The emails that accounts get when they are confirmed. */
export type PendingEmails = ReadonlyMap<AccountId, Email>
