/** The members of requests of programs: texts that become values of the model. */
import { Effect, Schema, SchemaIssue, SchemaTransformation } from "effect"
import { AccountId } from "../../../domain/model/Account.ts"
import { parseInstant } from "../../../kernel/InstantText.ts"
import { written, writtenId } from "./BodyMembers.ts"

const InstantOrDate = Schema.String.pipe(
  Schema.decodeTo(
    Schema.DateTimeUtc,
    SchemaTransformation.transformEffect<typeof Schema.DateTimeUtc.Encoded, string>({
      decode: (given) =>
        Effect.mapError(
          Effect.fromOption(parseInstant(given)),
          () => new SchemaIssue.InvalidValue({ message: "must be an instant such as 2027-03-01T12:00:00Z, or a date" })
        ),
      encode: (instant) => Effect.succeed(String(instant))
    })
  )
)

/** An RFC 3339 instant or a date. */
export const writtenInstant = (description: string) =>
  written(InstantOrDate, { maxLength: 40, description, examples: ["2027-03-01T12:00:00Z"] })

export const accountParams = {
  id: writtenId(AccountId, "acct_02qo8ey96xw3vwzfm9q0jk5tc", "The `id` of an account")
}
