/** What all lists have in common: which page is asked for, and where the next one begins. */
import { Option, Schema, SchemaTransformation } from "effect"
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from "../../../domain/model/Page.ts"
import type { PageRequest } from "../../../domain/model/Page.ts"
import { optional } from "./BodyMembers.ts"

/** Unlike `WholeNumber`, refuses a zero in front. */
const limitPattern = new RegExp(`^(?:[1-9][0-9]?|${PAGE_LIMIT_MAX})$`)

const Limit = Schema.String.pipe(
  Schema.check(
    Schema.isPattern(limitPattern, { message: `must be a whole number from 1 to ${PAGE_LIMIT_MAX}` })
  ),
  Schema.decodeTo(Schema.Int, SchemaTransformation.transform({ decode: Number, encode: String }))
)

export const pageQuery = optional({
  limit: Limit,
  after: Schema.String.annotate({ description: "The `next` of an earlier page of this list" })
})

/** The page that a query asks for. */
export const pageIn = (
  { after, limit = PAGE_LIMIT_DEFAULT }: Schema.Struct.Type<typeof pageQuery>
): PageRequest => ({ limit, after: Option.fromUndefinedOr(after) })

/** `limit` in the API document. */
export const limitParameter = (items: string) => ({
  name: "limit",
  in: "query",
  description: `The most ${items} on one page`,
  schema: { type: "integer", minimum: 1, maximum: PAGE_LIMIT_MAX, default: PAGE_LIMIT_DEFAULT }
} as const)

export const nextPage = Schema.NullOr(Schema.String).annotate({
  description: "Pass it as `after` to get the rest of the list. Null only at the end of the list",
  examples: ["k1.eyJjcmVhdGVk…"]
})

/** The header of a list's answers. */
export const pageLink = {
  link: Schema.optionalKey(Schema.String.annotate({ description: "The next page, as `rel=\"next\"`" }))
}
