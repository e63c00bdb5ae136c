/**
 * Reads the whole configuration: every setting with its origin, and all problems together, so that an operator can
 * correct all of them at once.
 */
import { Array, Effect, Option, Record, Redacted, Result, Schema, SchemaIssue } from "effect"
import { mostSimilar } from "../../kernel/SimilarNames.ts"
import { CommandFailed } from "../process/CommandFailed.ts"
import type { SettingProblem } from "../process/CommandFailed.ts"
import { fallbackText } from "./Setting.ts"
import type { Setting, SettingsTable, TextOf } from "./Setting.ts"
import type { SourcedValue, Sources } from "./Sources.ts"

/** The effective value of a setting. */
export interface EffectiveSetting {
  readonly name: string
  /** `None` if it isn't set. Secrets are redacted. */
  readonly value: Option.Option<string>
  readonly origin: string
}

/** All values of a valid configuration. */
export interface Values<A> {
  readonly settings: A
  /** The texts of the settings by name, defaults included, for another process of the same server. */
  readonly rawValues: Redacted.Redacted<Readonly<Record<string, string>>>
}

export interface Configuration<A> {
  readonly settings: ReadonlyArray<EffectiveSetting>
  /** The values, or a failure that names each missing or invalid setting. */
  readonly values: Result.Result<Values<A>, CommandFailed>
  /** Sentences about variables that look like our settings but aren't. */
  readonly warnings: ReadonlyArray<string>
}

/** What a rule between settings can see: texts, whether or not they are valid. */
export interface RawValues {
  readonly textOf: TextOf
  readonly isGiven: (name: string) => boolean
}

export const REDACTED = "<redacted>"

/**
 * Reads a table of settings. `checkSettings` checks settings together; it runs whether or not each setting is valid by
 * itself.
 */
export const read = Effect.fnUntraced(function*<A, R>({ checkSettings, ignoredVariables, schema, sources, table }: {
  readonly table: SettingsTable
  /** The struct of the table's schemas, under the same names. */
  readonly schema: Schema.ConstraintDecoder<A>
  readonly checkSettings: (raw: RawValues) => Effect.Effect<ReadonlyArray<SettingProblem>, never, R>
  readonly sources: Sources
  /** Variables of other programs that have our prefix. */
  readonly ignoredVariables: ReadonlyArray<string>
}) {
  const names = Object.keys(table)
  const [found, unreadable] = yield* Effect.partition(
    names,
    (name) => Effect.map(sources.find(name), Option.map((value) => [name, value] as const))
  )
  const given = new Map(found.flatMap(Option.toArray))
  const raw = rawValuesOf(table, given)
  const input = Record.fromEntries(names.flatMap((name) => {
    const text = raw.textOf(name)
    return text === undefined ? [] : [[name, text] as const]
  }))
  const decoded = Schema.decodeResult(schema, { errors: "all" })(input)
  const invalid = Result.isFailure(decoded) ? describeIssue(decoded.failure.issue, table, raw, given) : []
  const problems = firstOfEachName([...unreadable, ...invalid, ...(yield* checkSettings(raw))])
  /** A default that is built from an invalid setting is none. */
  const isUnfounded = (name: string, setting: Setting) =>
    !given.has(name) && foundationsOf(setting, raw.textOf).some((it) => problems.some((problem) => problem.name === it))
  const variables = yield* sources.variables("IDENTITY")
  const configuration: Configuration<A> = {
    settings: Object.entries(table).map(([name, setting]) => ({
      name,
      value: isUnfounded(name, setting) ? Option.none() : shown(setting, name, raw.textOf),
      origin: given.get(name)?.origin ?? "default"
    })),
    values: Result.isSuccess(decoded) && problems.length === 0
      ? Result.succeed({ settings: decoded.success, rawValues: Redacted.make(input) })
      : Result.fail(invalidConfiguration(problems)),
    warnings: variables
      .filter((name) => !Object.hasOwn(table, name) && !ignoredVariables.includes(name))
      .map((name) => unknownVariable(name, names))
  }
  return configuration
})

const rawValuesOf = (table: SettingsTable, given: ReadonlyMap<string, SourcedValue>): RawValues => {
  const texts = new Map<string, string | undefined>()
  const textOf: TextOf = (name) => texts.get(name)
  for (const [name, setting] of Object.entries(table)) {
    texts.set(name, given.get(name)?.text ?? fallbackText(setting, textOf))
  }
  return { textOf, isGiven: (name) => given.has(name) }
}

const shown = ({ secret, whenAbsent }: Setting, name: string, textOf: TextOf): Option.Option<string> => {
  const text = textOf(name)
  if (text === undefined) return Option.fromUndefinedOr(whenAbsent?.(textOf))
  return Option.some(secret === undefined ? text : secret === true ? REDACTED : secret(text))
}

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

const describeIssue = (
  issue: SchemaIssue.Issue,
  table: SettingsTable,
  { textOf }: RawValues,
  given: ReadonlyMap<string, SourcedValue>
): ReadonlyArray<SettingProblem> => {
  const faults = formatIssue(issue).issues.flatMap(({ message, path }) => {
    const name = String(path?.[0])
    const setting = table[name]
    return setting === undefined ? [] : [{ name, setting, message }]
  })
  return faults.flatMap(({ message, name, setting }) => {
    const text = textOf(name)
    if (text === undefined) return [{ name, problem: "is missing" }]
    const origin = given.get(name)?.origin
    // This default is built from other settings, and their own problems are reported.
    const foundations = origin === undefined ? foundationsOf(setting, textOf) : []
    if (faults.some((other) => foundations.includes(other.name))) return []
    const quoted = setting.secret === undefined ? `, not ${JSON.stringify(text)}` : ""
    return [{ name, problem: `${message}${quoted} (from ${origin ?? "default"})` }]
  })
}

/** The settings that the default of this one is built from. */
const foundationsOf = (setting: Setting, textOf: TextOf): ReadonlyArray<string> => {
  const names: Array<string> = []
  fallbackText(setting, (name) => {
    names.push(name)
    return textOf(name)
  })
  return names
}

const firstOfEachName = (problems: ReadonlyArray<SettingProblem>): ReadonlyArray<SettingProblem> =>
  Array.dedupeWith(problems, (one, other) => one.name === other.name)

const invalidConfiguration = (problems: ReadonlyArray<SettingProblem>): CommandFailed =>
  new CommandFailed({
    exitCode: 2,
    code: "invalid-configuration",
    message: [
      problems.length === 1
        ? "A setting is missing or invalid:"
        : `${problems.length} settings are missing or invalid:`,
      ...problems.map(({ name, problem }) => `  ${name} ${problem}`)
    ].join("\n"),
    problems
  })

const unknownVariable = (name: string, known: ReadonlyArray<string>): string => {
  const advice = Option.match(mostSimilar(name, known), {
    onNone: () => "`identity config` lists all settings.",
    onSome: (other) => `Did you mean ${other}?`
  })
  return `${name} isn't a setting and is ignored. ${advice}`
}
