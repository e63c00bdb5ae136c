/** The arguments and flags that several commands take. Their values are checked before anything starts. */
import { Effect, Option, Result, Schema, SchemaIssue } from "effect"
import { Argument, CliError, Flag } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import type { AccountReference } from "../../../domain/accounts/Accounts.ts"
import { AccountId } from "../../../domain/model/Account.ts"
import { ApiKeyId } from "../../../domain/model/ApiKey.ts"
import { Email } from "../../../domain/model/Email.ts"
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from "../../../domain/model/Page.ts"
import type { Page, PageRequest } from "../../../domain/model/Page.ts"
import { parseInstant } from "../../../kernel/InstantText.ts"
import { WholeNumber } from "../../../kernel/WholeNumber.ts"

const firstMessage = SchemaIssue.makeFormatterStandardSchemaV1()

/** Decodes a text, or fails with its problem, which continues the name of the argument. */
export const decodeArgument = <A>(schema: Schema.ConstraintCodec<A, string>, text: string): Result.Result<A, string> =>
  Result.mapError(
    Schema.decodeResult(schema)(text),
    ({ issue }) => firstMessage(issue).issues[0]?.message ?? "is invalid"
  )

/** Decodes the text of `subject`, such as `--email`, or fails with its problem. */
export const decoding =
  <A>(subject: string, schema: Schema.ConstraintCodec<A, string>) =>
  (text: string): Effect.Effect<A, CliError.CliError> =>
    Effect.mapError(
      Effect.fromResult(decodeArgument(schema, text)),
      (problem) => new CliError.ValidationError({ message: `${subject} ${problem}: ${JSON.stringify(text)}` })
    )

/** A flag without a value. */
export const switchFlag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false), Flag.withoutNegation)

const describedFlag = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.withMetavar(metavar))

/** A flag with any text. It may be left out. */
export const textFlag = (name: string, metavar: string, description: string) =>
  Flag.optional(describedFlag(name, metavar, description))

/** A flag whose value a schema decodes. */
export const valueFlag = <A>(
  name: string,
  metavar: string,
  description: string,
  schema: Schema.ConstraintCodec<A, string>
) => Flag.mapEffect(describedFlag(name, metavar, description), decoding(`--${name}`, schema))

/** The same, but it may be left out. */
export const optionalFlag = <A>(...flag: Parameters<typeof valueFlag<A>>) => Flag.optional(valueFlag(...flag))

/** A flag with one of these values. */
export const choiceFlag = <const Choices extends ReadonlyArray<string>>(
  name: string,
  choices: Choices,
  metavar: string,
  description: string
) => Flag.Literals(name, choices).pipe(Flag.withDescription(description), Flag.withMetavar(metavar))

const isAccountId = Schema.is(AccountId)

/** Decodes the account given for `subject`, such as `<account>`. */
const decodingReference = (subject: string) => (text: string): Effect.Effect<AccountReference, CliError.CliError> =>
  isAccountId(text) ? Effect.succeed(text) : Effect.mapError(
    Schema.decodeEffect(Email)(text),
    () =>
      new CliError.ValidationError({ message: `${subject} must be an account id or an email: ${JSON.stringify(text)}` })
  )

export const accountArgument = Argument.String("account").pipe(
  Argument.withDescription("The account's id or email"),
  Argument.mapEffect(decodingReference("<account>"))
)

export const accountFlag = describedFlag("account", "ACCOUNT", "Only those of this account, given by id or email").pipe(
  Flag.mapEffect(decodingReference("--account")),
  Flag.optional
)

export const apiKeyArgument = Argument.String("key").pipe(
  Argument.withDescription("The id of the API key"),
  Argument.mapEffect(decoding("<key>", ApiKeyId))
)

/** The id of an account. An id needs no look-up, because what is listed by it outlives the account. */
export const accountIdOf = Effect.fnUntraced(function*(reference: AccountReference) {
  if (isAccountId(reference)) return reference
  const accounts = yield* Accounts
  return (yield* accounts.get(reference)).id
})

/** A flag with an RFC 3339 instant or a date. A date is its first instant in UTC. */
export const instantFlag = (name: string, description: string) =>
  describedFlag(name, "INSTANT", description).pipe(
    Flag.mapEffect((text) =>
      Effect.mapError(
        Effect.fromOption(parseInstant(text)),
        () =>
          new CliError.ValidationError({
            message: `--${name} must be an instant such as 2026-03-01T12:00:00Z, or a date: ${JSON.stringify(text)}`
          })
      )
    ),
    Flag.optional
  )

export const pageFlags = {
  limit: optionalFlag(
    "limit",
    "NUMBER",
    `How many to show, 1 to ${PAGE_LIMIT_MAX} (default ${PAGE_LIMIT_DEFAULT})`,
    WholeNumber({ min: 1, max: PAGE_LIMIT_MAX })
  ),
  after: textFlag("after", "CURSOR", "Continue after an earlier page: its `next`")
}

/** Reads pages of a list, which may be short, until there are as many items as requested, or as many as by default. */
export const followPages = Effect.fnUntraced(function*<A, E, R>(
  { after, limit: given }: { readonly after: Option.Option<string>; readonly limit: Option.Option<number> },
  load: (request: PageRequest) => Effect.Effect<Page<A>, E, R>
): Effect.fn.Return<Page<A>, E, R> {
  const limit = Option.getOrElse(given, () => PAGE_LIMIT_DEFAULT)
  const items: Array<A> = []
  let next = after
  do {
    const page = yield* load({ limit: limit - items.length, after: next })
    items.push(...page.items)
    next = page.next
  } while (items.length < limit && Option.isSome(next))
  return { items, next }
})

/** A note on how to get the next page, for people. */
export const continuation = (next: Option.Option<string>): string =>
  Option.match(next, {
    onNone: () => "",
    onSome: (cursor) => `There are more. The next page: --after ${cursor}`
  })

/** A note on how to get the next page, or on a page without items, for people. `given` may have left items out. */
export const pageNote = (
  noun: string,
  { items, next }: Page<unknown>,
  given: ReadonlyArray<Option.Option<unknown>>
): string => {
  if (items.length > 0) return continuation(next)
  return given.some((it) => Option.isSome(it)) ? `There are no such ${noun}.` : `There are no ${noun} yet.`
}
