/**
 * What the command line drives, made from the adapters. Whatever takes long to load is loaded when a command needs it.
 */
import { Effect, Layer, Option, Result } from "effect"
import { SecureRandom } from "effect/crypto"
import { Application } from "../src/adapters/cli/kit/Application.ts"
import type { Invocation } from "../src/adapters/cli/kit/Application.ts"
import { generateSigningKey } from "../src/adapters/crypto/KeyRing.ts"
import type { InvalidConfiguration, UnknownVariable } from "../src/platform/configuration/Configuration.ts"
import { administrator } from "../src/platform/process/Administrator.ts"
import { CommandFailed } from "../src/platform/process/CommandFailed.ts"
import { hearHangUps } from "../src/platform/process/Signals.ts"
import * as Threads from "../src/platform/process/Threads.ts"

const loadSettings = Effect.promise(() => import("./configuration.ts"))
const loadComposition = Effect.promise(() => import("./compose.ts"))
const loadPrimary = Effect.promise(() => import("./primary.ts"))
const loadServer = Effect.promise(() => import("./serve.ts"))

const makeApplication = (random: SecureRandom.SecureRandom["Service"]) =>
  Application.of({
    administrator,

    services: (invocation) =>
      Layer.unwrap(Effect.gen(function*() {
        const { warn } = invocation
        const { settings } = yield* validConfiguration(invocation)
        const { currentSchema, measuredTime, services, storage } = yield* loadComposition
        return measuredTime(warn).pipe(
          Layer.provideMerge(services(settings)),
          Layer.provide(currentSchema(settings)),
          Layer.provide(storage(settings))
        )
      })),

    migrator: (invocation) =>
      Layer.unwrap(Effect.gen(function*() {
        const { settings } = yield* validConfiguration(invocation)
        const { storage } = yield* loadComposition
        return storage(settings)
      })),

    serve: Effect.fnUntraced(function*({ overrides }) {
      const { next: hangUps } = yield* hearHangUps
      const threads = yield* Threads.presume
      const { unknown, values } = yield* readConfiguration(overrides)
      const valid = yield* Effect.mapError(Effect.fromResult(values), explain)
      if (valid.settings.workers > 1) {
        const { lead } = yield* loadPrimary
        return yield* lead({ ...valid, hangUps, warnings: unknown.map(warning) })
      }
      const tooFewThreads = yield* Threads.ensure(threads, valid.settings.hashConcurrency)
      const { serve } = yield* loadServer
      return yield* serve({ ...valid, hangUps, warnings: [...unknown.map(warning), ...tooFewThreads] })
    }),

    configuration: Effect.fnUntraced(function*({ overrides, warn }) {
      const { settings, unknown, values } = yield* readConfiguration(overrides)
      yield* Effect.forEach(unknown, (variable) => warn(warning(variable)), { discard: true })
      return { settings, failure: Option.map(Result.getFailure(values), explain) }
    }),

    generateSigningKey: Effect.provideService(generateSigningKey, SecureRandom.SecureRandom, random)
  })

export const layer = Layer.effect(Application, Effect.map(SecureRandom.SecureRandom, makeApplication)).pipe(
  Layer.provide(SecureRandom.layerWebCrypto)
)

const readConfiguration = Effect.fnUntraced(function*(overrides: Invocation["overrides"]) {
  const { loadConfiguration } = yield* loadSettings
  return yield* loadConfiguration(overrides)
})

const validConfiguration = Effect.fnUntraced(function*({ overrides, warn }: Invocation) {
  const { unknown, values } = yield* readConfiguration(overrides)
  yield* Effect.forEach(unknown, (variable) => warn(warning(variable)), { discard: true })
  return yield* Effect.mapError(Effect.fromResult(values), explain)
})

const warning = ({ name, similar }: UnknownVariable): string => {
  const advice = Option.match(similar, {
    onNone: () => "`identity config` lists those there are.",
    onSome: (other) => `Did you mean ${other}?`
  })
  return `${name} is no setting and is ignored. ${advice}`
}

export const explain = ({ problems }: InvalidConfiguration): CommandFailed =>
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
