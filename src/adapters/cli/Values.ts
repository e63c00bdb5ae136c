/** The arguments and flags that several commands take. Their values are checked before anything is started. */
import { Effect, Option, Schema, SchemaIssue, SchemaTransformation } from "effect"
import { Argument, CliError, Flag } from "effect/cli"
import { AccountId } from "../../domain/model/Account.ts"
import { Email } from "../../domain/model/Email.ts"
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from "../../domain/model/Page.ts"
import type { AccountReference } from "../../domain/services/Accounts.ts"

const firstMessage = SchemaIssue.makeFormatterStandardSchemaV1()

/** Decodes what was written for `subject`, such as `--email`, or says what is wrong with it. */
export const decoding =
  <A>(subject: string, schema: Schema.ConstraintCodec<A, string>) =>
  (text: string): Effect.Effect<A, CliError.CliError> =>
    Effect.mapError(Schema.decodeEffect(schema)(text), ({ issue }) =>
      new CliError.ValidationError({
        message: `${subject} ${firstMessage(issue).issues[0]?.message ?? "is invalid"}: ${JSON.stringify(text)}`
      }))

const isAccountId = Schema.is(AccountId)

const decodeReference = (text: string): Effect.Effect<AccountReference, CliError.CliError> =>
  isAccountId(text) ? Effect.succeed(text) : Effect.mapError(
    Schema.decodeEffect(Email)(text),
    () =>
      new CliError.ValidationError({ message: `<account> must be an account id or an email: ${JSON.stringify(text)}` })
  )

export const accountArgument = Argument.String("account").pipe(
  Argument.withDescription("The account's id or email"),
  Argument.mapEffect(decodeReference)
)

const Limit = Schema.String.pipe(
  Schema.check(Schema.makeFilter((text) =>
    /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= PAGE_LIMIT_MAX
      ? undefined
      : `must be a whole number from 1 to ${PAGE_LIMIT_MAX}`
  )),
  Schema.decodeTo(Schema.Int, SchemaTransformation.transform({ decode: Number, encode: String }))
)

export const pageFlags = {
  limit: Flag.String("limit").pipe(
    Flag.withDescription(`How many to show, 1 to ${PAGE_LIMIT_MAX} (default ${PAGE_LIMIT_DEFAULT})`),
    Flag.withMetavar("NUMBER"),
    Flag.mapEffect(decoding("--limit", Limit)),
    Flag.withDefault(PAGE_LIMIT_DEFAULT)
  ),
  after: Flag.String("after").pipe(
    Flag.withDescription("Continue after an earlier page: its `next`"),
    Flag.withMetavar("CURSOR"),
    Flag.optional
  )
}

/** How a list goes on, for people. */
export const continuation = (next: Option.Option<string>): string =>
  Option.match(next, {
    onNone: () => "",
    onSome: (cursor) => `There are more. The next page: --after ${cursor}`
  })
