/**
 * The whole configuration, read at once: every setting with where it came from, and everything that is wrong with it,
 * so that an operator corrects a file once and not once a mistake.
 */
import { Array, Effect, Option, Record, Redacted, Result, Schema, SchemaIssue } from "effect"
import { SettingProblem } from "../process/CommandFailed.ts"
import { fallbackText } from "./Setting.ts"
import type { Setting, TextOf } from "./Setting.ts"
import { mostSimilar } from "./SimilarNames.ts"
import type { Given, Sources } from "./Sources.ts"

/** A setting as it is in effect. */
export interface EffectiveSetting {
  readonly name: string
  /** None if it is not set. Of a secret only that there is one. */
  readonly value: Option.Option<string>
  readonly origin: string
}

/** Settings that are missing or invalid, all of them. */
export class InvalidConfiguration extends Schema.TaggedError<InvalidConfiguration>()("InvalidConfiguration", {
  problems: Schema.Array(SettingProblem)
}) {}

/** A variable that looks like a setting of ours and is none. */
export interface UnknownVariable {
  readonly name: string
  readonly similar: Option.Option<string>
}

export interface Configuration<A> {
  readonly settings: ReadonlyArray<EffectiveSetting>
  /** The settings by name as they are written, defaults included, for another process of ours. */
  readonly texts: Redacted.Redacted<Readonly<Record<string, string>>>
  readonly values: Result.Result<A, InvalidConfiguration>
  readonly unknown: ReadonlyArray<UnknownVariable>
}

/** What a rule between settings sees. */
export interface Texts {
  readonly textOf: TextOf
  readonly isGiven: (name: string) => boolean
}

export const REDACTED = "<redacted>"

/**
 * Reads a table of settings. `rules` judge settings together; they run whether or not each setting is valid by itself.
 */
export const read = Effect.fnUntraced(function*<A, R>(options: {
  readonly table: Readonly<Record<string, Setting>>
  /** The struct of the table's schemas, under the same keys. */
  readonly schema: Schema.ConstraintDecoder<A>
  readonly rules: (texts: Texts) => Effect.Effect<ReadonlyArray<SettingProblem>, never, R>
  readonly sources: Sources
  /** Variables of other programs that begin like ours. */
  readonly foreign: ReadonlyArray<string>
}) {
  const table = Object.entries(options.table)
  const [found, unreadable] = yield* Effect.partition(
    table,
    ([, setting]) => Effect.map(options.sources.find(setting.name), (given) => [setting.name, given] as const)
  )
  const given = new Map(
    found.flatMap(([name, text]) => Option.isSome(text) ? [[name, text.value] as const] : [])
  )
  const texts = textsOf(table.map(([, setting]) => setting), given)
  const input = Record.fromEntries(table.flatMap(([key, setting]) => {
    const text = texts.textOf(setting.name)
    return text === undefined ? [] : [[key, text] as const]
  }))
  const decoded = Schema.decodeResult(options.schema, { errors: "all" })(input)
  const invalid = Result.isFailure(decoded)
    ? describeIssue(decoded.failure.issue, options.table, texts, given)
    : []
  const problems = firstOfEachName([...unreadable, ...invalid, ...(yield* options.rules(texts))])
  const names = new Set(table.map(([, setting]) => setting.name))
  const variables = yield* options.sources.variables("IDENTITY")
  const configuration: Configuration<A> = {
    settings: table.map(([, setting]) => effective(setting, texts, given)),
    texts: Redacted.make(Record.fromEntries(table.flatMap(([, { name }]) => {
      const text = texts.textOf(name)
      return text === undefined ? [] : [[name, text] as const]
    }))),
    values: Result.isSuccess(decoded) && problems.length === 0
      ? Result.succeed(decoded.success)
      : Result.fail(new InvalidConfiguration({ problems })),
    unknown: variables
      .filter((name) => !names.has(name) && !options.foreign.includes(name))
      .map((name) => ({ name, similar: mostSimilar(name, [...names]) }))
  }
  return configuration
})

const textsOf = (settings: ReadonlyArray<Setting>, given: ReadonlyMap<string, Given>): Texts => {
  const texts = new Map<string, string | undefined>()
  const textOf: TextOf = (name) => texts.get(name)
  for (const setting of settings) {
    texts.set(setting.name, given.get(setting.name)?.text ?? fallbackText(setting, textOf))
  }
  return { textOf, isGiven: (name) => given.has(name) }
}

const effective = (setting: Setting, texts: Texts, given: ReadonlyMap<string, Given>): EffectiveSetting => ({
  name: setting.name,
  value: Option.map(
    Option.fromUndefinedOr(texts.textOf(setting.name)),
    (text) => setting.secret === true ? REDACTED : text
  ),
  origin: given.get(setting.name)?.origin ?? "default"
})

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

const describeIssue = (
  issue: SchemaIssue.Issue,
  table: Readonly<Record<string, Setting>>,
  texts: Texts,
  given: ReadonlyMap<string, Given>
): ReadonlyArray<SettingProblem> => {
  const faults = formatIssue(issue).issues.flatMap(({ message, path }) => {
    const setting = table[String(path?.[0])]
    return setting === undefined ? [] : [{ setting, message }]
  })
  const faulty = new Set(faults.map(({ setting }) => setting.name))
  return faults.flatMap(({ message, setting }) => {
    const { name } = setting
    const text = texts.textOf(name)
    if (text === undefined) return [{ name, problem: "is missing" }]
    const origin = given.get(name)?.origin
    // Made of settings that are at fault themselves, and told as such.
    if (origin === undefined && foundationsOf(setting, texts).some((other) => faulty.has(other))) return []
    const quoted = setting.secret === true ? "" : `, not ${JSON.stringify(text)}`
    return [{ name, problem: `${message}${quoted} (from ${origin ?? "default"})` }]
  })
}

/** The settings that the fallback of one builds on. */
const foundationsOf = (setting: Setting, { textOf }: Texts): ReadonlyArray<string> => {
  const names: Array<string> = []
  fallbackText(setting, (name) => {
    names.push(name)
    return textOf(name)
  })
  return names
}

const firstOfEachName = (problems: ReadonlyArray<SettingProblem>): ReadonlyArray<SettingProblem> =>
  Array.dedupeWith(problems, (one, other) => one.name === other.name)
