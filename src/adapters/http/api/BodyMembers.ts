/**
 * The members of request bodies as clients write them: texts that become values of the model. The annotations here are
 * for the API document. The model alone validates, in units that JSON Schema doesn't have.
 */
import { Schema, Struct } from "effect"
import type { SchemaAST } from "effect"
import { DISPLAY_NAME_LENGTH_MAX, DisplayName } from "../../../domain/model/Account.ts"
import { Email, EMAIL_LENGTH_MAX } from "../../../domain/model/Email.ts"
import { NewPassword, Password, PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from "../../../domain/model/Password.ts"
import { InstantOrDate } from "../../../resources/Instant.ts"
import { text } from "../../../resources/Text.ts"

interface Written extends Schema.Annotations.Documentation<string> {
  readonly minLength?: number
  readonly maxLength: number
}

/** A text that becomes a value of the model, with its entry in the API document. */
export const written = <Value extends Schema.Codec<unknown, string>>(
  Value: Value,
  { maxLength, minLength, ...about }: Written
) =>
  Schema.String.annotate(about).pipe(
    Schema.check(Schema.makeFilter(() => undefined, {
      toJsonSchema: () => ({ ...(minLength === undefined ? {} : { minLength }), maxLength })
    })),
    Schema.decodeTo(Value)
  )

/** Members that may be left out. */
export const optional = Struct.map(Schema.optionalKey)

/** `true` or `false` in a query. */
export const flag = (description: string) => Schema.Literals(["true", "false"]).annotate({ description })

/** A secret, which is redacted as soon as it is read. */
export const secret = (label: string, check: SchemaAST.Check<string>) =>
  Schema.RedactedFromValue(Schema.String.pipe(Schema.check(check)), { label })

/** Exactly one of some members. */
export const exactlyOne = <Name extends string>(first: Name, ...others: ReadonlyArray<Name>) =>
  Schema.makeFilter((body: { readonly [Member in Name]?: unknown }) =>
    [first, ...others].filter((name) => body[name] !== undefined).length === 1 ? undefined : {
      path: [first],
      issue: `is needed, or else ${others.map((name) => `\`${name}\``).join(" or ")}: one of ${
        others.length === 1 ? "the two" : "them"
      }`
    }
  )

/** An RFC 3339 instant or a date. */
export const writtenInstant = (description: string) =>
  written(InstantOrDate, { maxLength: 40, description, examples: ["2027-03-01T12:00:00Z"] })

/** An id in a path. */
export const writtenId = <Id extends Schema.Codec<unknown, string>>(Id: Id, example: string, description: string) =>
  text(description, example).pipe(Schema.decodeTo(Id))

const email = { format: "email", maxLength: EMAIL_LENGTH_MAX, examples: ["ada@example.com"] } as const

export const WrittenEmail = written(Email, { ...email, description: "The account's email. Case makes no difference." })

export const WrittenNewEmail = written(Email, {
  ...email,
  description: "An address as its holder writes it. Spellings that differ in case only are one address."
})

const password = {
  format: "password",
  maxLength: PASSWORD_LENGTH_MAX,
  examples: ["a well kept secret"]
} as const

export const WrittenPassword = written(Password, { ...password, description: "The account's current password" })

/** In requests that take an elevated session, too. */
export const WrittenConfirmation = Schema.optionalKey(
  written(Password, {
    ...password,
    description:
      "The account's current password, unless the session is elevated. Needed to change email or password and " +
      "to delete the account. For a new email of an account with a second factor the session has to be elevated."
  })
)

export const WrittenNewPassword = written(NewPassword, {
  ...password,
  minLength: PASSWORD_LENGTH_MIN,
  description: "Any characters will do. The operator may ask for a greater length."
})

export const WrittenName = written(DisplayName, {
  minLength: 1,
  maxLength: DISPLAY_NAME_LENGTH_MAX,
  description:
    "At least one visible character; no control characters, line breaks, characters that turn the direction " +
    "of text, or invisible ones where they mean nothing. Blanks around it are removed.",
  examples: ["Ada Lovelace"]
})

const TotpCode = secret("TotpCode", Schema.isPattern(/^[0-9]{6}$/, { message: "must be six digits" }))

export const WrittenTotp = written(TotpCode, {
  minLength: 6,
  maxLength: 6,
  description: "The six digits that the authenticator application shows now",
  examples: ["012345"]
})
