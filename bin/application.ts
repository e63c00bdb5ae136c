/**
 * What the command line drives, made from the adapters. Whatever takes long to load is loaded when a command needs it.
 */
import { Effect, Layer, Option, Result } from "effect"
import { SecureRandom } from "effect/crypto"
import { Application } from "../src/adapters/cli/Application.ts"
import type { SettingOverrides } from "../src/adapters/cli/Application.ts"
import { CommandFailed } from "../src/adapters/cli/Failure.ts"
import type { InvalidConfiguration, UnknownVariable } from "../src/adapters/configuration/Configuration.ts"
import { generateSigningKey } from "../src/adapters/crypto/KeyRing.ts"
import { loadConfiguration } from "./configuration.ts"

const loadComposition = Effect.promise(() => import("./composition.ts"))
const loadServer = Effect.promise(() => import("./serve.ts"))

const makeApplication = (random: SecureRandom.SecureRandom["Service"]) =>
  Application.of({
    services: (overrides) =>
      Layer.unwrap(Effect.gen(function*() {
        const { settings } = yield* validConfiguration(overrides)
        const { currentSchema, services, storage } = yield* loadComposition
        return Layer.merge(services(settings), currentSchema(settings)).pipe(Layer.provide(storage(settings)))
      })),

    migrator: (overrides) =>
      Layer.unwrap(Effect.gen(function*() {
        const { settings } = yield* validConfiguration(overrides)
        const { storage } = yield* loadComposition
        return storage(settings)
      })),

    serve: Effect.fnUntraced(function*(overrides) {
      const values = yield* validConfiguration(overrides)
      const { serve } = yield* loadServer
      return yield* serve(values)
    }),

    configuration: Effect.fnUntraced(function*(overrides) {
      const { settings, unknown, values } = yield* loadConfiguration(overrides)
      yield* warnOfUnknown(unknown)
      return { settings, failure: Option.map(Result.getFailure(values), explain) }
    }),

    generateSigningKey: Effect.provideService(generateSigningKey, SecureRandom.SecureRandom, random)
  })

export const layer = Layer.effect(Application, Effect.map(SecureRandom.SecureRandom, makeApplication)).pipe(
  Layer.provide(SecureRandom.layerWebCrypto)
)

const validConfiguration = Effect.fnUntraced(function*(overrides: SettingOverrides) {
  const { unknown, values } = yield* loadConfiguration(overrides)
  yield* warnOfUnknown(unknown)
  return yield* Effect.mapError(Effect.fromResult(values), explain)
})

const warnOfUnknown = (unknown: ReadonlyArray<UnknownVariable>) =>
  Effect.forEach(unknown, ({ name, similar }) => {
    const advice = Option.match(similar, {
      onNone: () => "`identity config` lists those there are.",
      onSome: (other) => `Did you mean ${other}?`
    })
    return Effect.logWarning(`${name} is no setting and is ignored. ${advice}`)
  }, { discard: true })

const explain = ({ problems }: InvalidConfiguration): CommandFailed =>
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
