/**
 * The sources of settings. The first one that has a setting wins: flags, the environment, `.env` in the working
 * directory, then one file per setting in the directory that `IDENTITY_SECRETS_DIR` names. An empty text counts as
 * absent, because container platforms pass it for variables that aren't set.
 */
import { Array, ConfigProvider, Context, Effect, FileSystem, Option, Path, Redacted } from "effect"
import type { PlatformError } from "effect"
import type { SettingProblem } from "../process/CommandFailed.ts"
import type { TextOf } from "./Setting.ts"

/** The setting that names the directory of secrets. It can't itself come from there. */
export const SECRETS_DIR = "IDENTITY_SECRETS_DIR"

export interface SourcedValue {
  readonly text: string
  /** Where the text came from, in words. */
  readonly origin: string
}

export interface Sources {
  readonly find: (name: string) => Effect.Effect<Option.Option<SourcedValue>, SettingProblem>
  /** The names that begin with a prefix and an underscore, in the environment, `.env` and the directory of secrets. */
  readonly variables: (prefix: string) => Effect.Effect<ReadonlyArray<string>>
}

/** A setting given on the command line. */
export interface Override {
  readonly name: string
  readonly flag: string
  readonly text: string
}

type Source = (name: string) => Effect.Effect<Option.Option<SourcedValue>, SettingProblem>

export const make = Effect.fnUntraced(function*(options: {
  readonly overrides: ReadonlyArray<Override>
  readonly environment: ConfigProvider.ConfigProvider
  /** The path of `.env`, which need not exist. */
  readonly dotEnvFile: string
  /** As root, a file that anybody can write to is refused. */
  readonly isRoot: boolean
}) {
  const { environment } = options
  const dotEnv = yield* readDotEnv(options.dotEnvFile, options.isRoot)
  const variables: ReadonlyArray<Source> = [
    (name) =>
      Effect.succeed(Option.map(
        Array.findFirst(options.overrides, (override) => override.name === name),
        ({ flag, text }) => ({ text, origin: flag })
      )),
    (name) => lookup(environment, name, "environment"),
    (name) => lookup(dotEnv, name, ".env")
  ]
  const directory = yield* Effect.orElseSucceed(findIn(variables, SECRETS_DIR), () => Option.none<SourcedValue>())
  const secrets = yield* secretsSource(directory)
  const files = yield* secretFiles(directory)

  const sources: Sources = {
    find: (name) => findIn([...variables, ...secrets], name),
    variables: Effect.fnUntraced(function*(prefix) {
      const found = yield* Effect.forEach([environment, dotEnv], (provider) => variableNames(provider, [prefix]))
      return Array.dedupe([...found.flat(), ...files.filter((name) => name.startsWith(`${prefix}_`))])
    })
  }
  return sources
})

/** The path of `.env`. Tests name another one, because that of a clone is its developer's own. */
export const DotEnvFile = Context.Reference<string>("identityd/platform/configuration/Sources/DotEnvFile", {
  defaultValue: () => ".env"
})

/** The sources of this process. */
export const ofProcess = Effect.fnUntraced(function*(overrides: ReadonlyArray<Override>) {
  const environment = yield* ConfigProvider.ConfigProvider
  const dotEnvFile = yield* DotEnvFile
  return yield* make({ overrides, environment, dotEnvFile, isRoot: process.getuid?.() === 0 })
})

/**
 * Reads a setting anew each time it runs. `None` if it is absent or unreadable. Only for settings without a flag: a
 * worker has the environment of its primary, but not its flags.
 */
export const rereadSetting = Effect.fnUntraced(function*(name: string) {
  const context = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  return ofProcess([]).pipe(
    Effect.flatMap(({ find }) => find(name)),
    Effect.map(Option.map(({ text }) => Redacted.make(text))),
    Effect.orElseSucceed(() => Option.none<Redacted.Redacted>()),
    Effect.provideContext(context)
  )
})

/** The problems of a setting that must name a readable file or directory. None if it isn't set. */
export const checkReadable = Effect.fnUntraced(function*(
  { textOf }: { readonly textOf: TextOf },
  name: string,
  type: "Directory" | "File"
): Effect.fn.Return<ReadonlyArray<SettingProblem>, never, FileSystem.FileSystem> {
  const path = textOf(name)
  if (path === undefined) return []
  const fs = yield* FileSystem.FileSystem
  const found = yield* fs.access(path, { readable: true }).pipe(
    Effect.andThen(fs.stat(path)),
    Effect.map((status) => status.type === type),
    Effect.orElseSucceed(() => false)
  )
  const problem = `must name a ${type.toLowerCase()} that can be read, not ${JSON.stringify(path)}`
  return found ? [] : [{ name, problem }]
})

/** The texts that another process of the same server has read, by name. */
export const fromRawValues = (texts: Readonly<Record<string, string>>, origin: string): Sources => ({
  find: (name) => Effect.succeed(texts[name] ? Option.some({ text: texts[name], origin }) : Option.none()),
  variables: (prefix) => Effect.succeed(Object.keys(texts).filter((name) => name.startsWith(`${prefix}_`)))
})

const findIn = Effect.fnUntraced(function*(sources: ReadonlyArray<Source>, name: string) {
  for (const find of sources) {
    const given = yield* find(name)
    if (Option.exists(given, ({ text }) => text !== "")) return given
  }
  return Option.none<SourcedValue>()
})

const readDotEnv = Effect.fnUntraced(function*(file: string, isRoot: boolean) {
  const fs = yield* FileSystem.FileSystem
  return yield* Effect.all([fs.stat(file), fs.readFileString(file)]).pipe(
    Effect.map(([{ mode }, text]) =>
      isRoot && (mode & WRITABLE_BY_ANYBODY) !== 0
        ? failing("anybody may write to: chmod o-w .env")
        : ConfigProvider.fromDotEnvContents(text)
    ),
    Effect.catch((error) =>
      Effect.succeed(isNotFound(error) ? ConfigProvider.fromEnvRecord({}) : failing("can't be read"))
    )
  )
})

const WRITABLE_BY_ANYBODY = 0o002

/** A source that can't be read. `message` continues the name of the file. */
const failing = (message: string) => ConfigProvider.make(() => Effect.fail(new ConfigProvider.SourceError({ message })))

const lookup = (provider: ConfigProvider.ConfigProvider, name: string, origin: string) =>
  provider.load([name]).pipe(
    Effect.map((node) => Option.map(Option.fromUndefinedOr(node?.value), (text): SourcedValue => ({ text, origin }))),
    Effect.mapError(({ message }): SettingProblem => ({ name, problem: `is looked for in .env, which ${message}` }))
  )

const secretsSource = Effect.fnUntraced(function*(directory: Option.Option<SourcedValue>) {
  if (Option.isNone(directory)) return []
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const source: Source = (name) => {
    const file = path.join(directory.value.text, name)
    return fs.readFileString(file).pipe(
      Effect.map((text) => Option.some({ text: text.replace(/\r?\n$/, ""), origin: file })),
      Effect.catch((error) =>
        isNotFound(error)
          ? Effect.succeedNone
          : Effect.fail<SettingProblem>({ name, problem: `is in a file of ${SECRETS_DIR} that can't be read` })
      )
    )
  }
  return [source]
})

/** A directory that can't be read is reported when a setting is looked for in it. */
const secretFiles = Effect.fnUntraced(function*(directory: Option.Option<SourcedValue>) {
  const fs = yield* FileSystem.FileSystem
  return Option.isNone(directory) ? [] : yield* Effect.orElseSucceed(fs.readDirectory(directory.value.text), () => [])
})

/** `ConfigProvider` splits names at underscores, so the names are the leaves of its tree that have a value. */
const variableNames: (
  provider: ConfigProvider.ConfigProvider,
  path: ReadonlyArray<string>
) => Effect.Effect<ReadonlyArray<string>> = Effect.fnUntraced(function*(provider, path) {
  const node = yield* Effect.orElseSucceed(provider.load(path), () => undefined)
  const own = node?.value === undefined ? [] : [path.join("_")]
  const segments = node?._tag === "Record" ? [...node.keys] : []
  const below = yield* Effect.forEach(segments, (segment) => variableNames(provider, [...path, segment]))
  return [...own, ...below.flat()]
})

const isNotFound = (error: PlatformError.PlatformError): boolean => error.reason._tag === "NotFound"
