/** The members of requests of programs: texts that become values of the model. */
import { AccountId } from "../../../domain/model/Account.ts"
import { InstantOrDate } from "../../../resources/Instant.ts"
import { written, writtenId } from "./BodyMembers.ts"

/** An RFC 3339 instant or a date. */
export const writtenInstant = (description: string) =>
  written(InstantOrDate, { maxLength: 40, description, examples: ["2027-03-01T12:00:00Z"] })

export const accountParams = {
  id: writtenId(AccountId, "acct_02qo8ey96xw3vwzfm9q0jk5tc", "The `id` of an account")
}
