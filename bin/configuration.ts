/** The configuration of this process: our own settings and the standard `OTEL_*` variables, from all sources. */
import { Config, ConfigProvider, Effect, Option, Redacted, Result, Stdio } from "effect"
import * as Configuration from "../src/platform/configuration/Configuration.ts"
import * as Sources from "../src/platform/configuration/Sources.ts"
import { defaultPath } from "../src/platform/embedded/DataDirectory.ts"
import { fromVariables } from "../src/platform/observability/TelemetryOptions.ts"
import { hashesByDefault } from "../src/platform/process/Threads.ts"
import { judge } from "./rules.ts"
import { settingsSchema, settingsTable } from "./settings.ts"
import type { Machine } from "./settings.ts"

/**
 * Reads and judges everything. What is wrong is in the answer, because `identity config` shows the rest all the same.
 */
export const loadConfiguration = Effect.fnUntraced(function*(overrides: ReadonlyArray<Sources.Override>) {
  return yield* readFrom(
    yield* Sources.make({
      overrides,
      environment: yield* ConfigProvider.ConfigProvider,
      dotEnvFile: ".env",
      isRoot: process.getuid?.() === 0
    })
  )
})

/**
 * What another process of the same server has loaded. A worker must not look for itself: it may start long after the
 * others, when the files say something else, and then refuse their sessions.
 */
export const adoptConfiguration = (texts: Redacted.Redacted<Readonly<Record<string, string>>>) =>
  readFrom(Sources.fromTexts(Redacted.value(texts), "the primary"))

const readFrom = Effect.fnUntraced(function*(sources: Sources.Sources) {
  const machine = yield* describeMachine
  const telemetry = yield* readTelemetry(sources)
  const configuration = yield* Configuration.read({
    table: settingsTable(machine),
    schema: settingsSchema(machine),
    rules: (texts) => Effect.map(judge(texts), (problems) => [...problems, ...telemetry.problems]),
    sources,
    foreign: ["IDENTITY_TEST_DATABASE_URL"]
  })
  return {
    settings: [...configuration.settings, ...telemetry.settings],
    unknown: configuration.unknown,
    values: Result.map(configuration.values, (settings) => ({
      settings,
      telemetry: telemetry.options,
      texts: Redacted.make({ ...Redacted.value(configuration.texts), ...telemetry.texts })
    }))
  }
})

export type LoadedConfiguration = Effect.Success<ReturnType<typeof loadConfiguration>>

/** All values of a valid configuration. */
export type Values = Result.Result.Success<LoadedConfiguration["values"]>

const variable = (name: string) => Effect.orDie(Effect.map(Config.option(Config.String(name)), Option.getOrUndefined))

const describeMachine = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const environment = { XDG_DATA_HOME: yield* variable("XDG_DATA_HOME"), HOME: yield* variable("HOME") }
  const machine: Machine = {
    dataDir: Option.getOrUndefined(defaultPath(environment, process.getuid?.())),
    hashConcurrency: (workers) => String(hashesByDefault(Number(workers))),
    logFormat: (yield* stdio.stderrIsTerminal) ? "pretty" : "json"
  }
  return machine
})

const readTelemetry = Effect.fnUntraced(function*(sources: Sources.Sources) {
  const names = yield* sources.variables("OTEL")
  const [found, unreadable] = yield* Effect.partition(
    names,
    (name) => Effect.map(sources.find(name), Option.map((given) => ({ name, ...given })))
  )
  const given = found.flatMap(Option.toArray)
  const texts = Object.fromEntries(given.map(({ name, text }) => [name, text]))
  const { options, problems } = fromVariables(texts)
  return {
    options,
    problems: [...unreadable, ...problems],
    texts,
    settings: given.map(({ name, origin, text }) => ({ name, value: Option.some(withoutSecret(name, text)), origin }))
  }
})

/** Headers carry the collector's credentials, and an address may. */
const withoutSecret = (name: string, text: string): string =>
  name.endsWith("HEADERS") ? Configuration.REDACTED : text.replace(/\/\/[^/@]*@/, `//${Configuration.REDACTED}@`)
