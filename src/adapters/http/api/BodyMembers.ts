/**
 * The members of request bodies as clients write them: texts that become values of the model. The annotations here are
 * for the API document. The model alone validates, in units that JSON Schema doesn't have.
 */
import { Schema } from "effect"
import { DISPLAY_NAME_LENGTH_MAX, DisplayName } from "../../../domain/model/Account.ts"
import { Email, EMAIL_LENGTH_MAX } from "../../../domain/model/Email.ts"
import { NewPassword, Password, PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from "../../../domain/model/Password.ts"

interface Written extends Schema.Annotations.Documentation<string> {
  readonly minLength?: number
  readonly maxLength: number
}

/** A text with its entry in the API document. It validates nothing. */
export const written = ({ maxLength, minLength, ...about }: Written) =>
  Schema.String.annotate(about).pipe(
    Schema.check(Schema.makeFilter(() => undefined, {
      toJsonSchema: () => ({ ...(minLength === undefined ? {} : { minLength }), maxLength })
    }))
  )

/** An id in a path. */
export const writtenId = <Id extends Schema.Codec<unknown, string>>(Id: Id, example: string, description: string) =>
  Schema.String.annotate({ description, examples: [example] }).pipe(Schema.decodeTo(Id))

const email = { format: "email", maxLength: EMAIL_LENGTH_MAX, examples: ["ada@example.com"] } as const

export const WrittenEmail = written({ ...email, description: "The account's email. Case makes no difference." }).pipe(
  Schema.decodeTo(Email)
)

export const WrittenNewEmail = written({
  ...email,
  description: "An address as its holder writes it. Spellings that differ in case only are one address."
}).pipe(Schema.decodeTo(Email))

const password = {
  format: "password",
  maxLength: PASSWORD_LENGTH_MAX,
  examples: ["a well kept secret"]
} as const

export const WrittenPassword = written({ ...password, description: "The account's current password" }).pipe(
  Schema.decodeTo(Password)
)

/** In requests that take an elevated session, too. */
export const WrittenConfirmation = Schema.optionalKey(
  written({
    ...password,
    description:
      "The account's current password, unless the session is elevated. Needed to change email or password and " +
      "to delete the account. For a new email of an account with a second factor the session has to be elevated."
  }).pipe(Schema.decodeTo(Password))
)

export const WrittenNewPassword = written({
  ...password,
  minLength: PASSWORD_LENGTH_MIN,
  description: "Any characters will do. The operator may ask for a greater length."
}).pipe(Schema.decodeTo(NewPassword))

export const WrittenName = written({
  minLength: 1,
  maxLength: DISPLAY_NAME_LENGTH_MAX,
  description:
    "At least one visible character; no control characters, line breaks, characters that turn the direction " +
    "of text, or invisible ones where they mean nothing. Blanks around it are removed.",
  examples: ["Ada Lovelace"]
}).pipe(Schema.decodeTo(DisplayName))

export const WrittenTotp = written({
  minLength: 6,
  maxLength: 6,
  description: "The six digits that the authenticator application shows now",
  examples: ["012345"]
}).pipe(
  Schema.decodeTo(Schema.RedactedFromValue(
    Schema.String.pipe(Schema.check(Schema.isPattern(/^[0-9]{6}$/, { message: "must be six digits" }))),
    { label: "TotpCode" }
  ))
)
