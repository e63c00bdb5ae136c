/**
 * The command line as the executable starts it. What takes long to load is a page of the composition, which is loaded
 * when a command turns out to need it.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer, Result } from "effect"
import type { Redacted } from "effect"
import type { Command } from "effect/cli"
import { SecureRandom } from "effect/crypto"
import manifest from "../../../package.json" with { type: "json" }
import { describeOffset, SharedClock } from "../../domain/clock/SharedClock.ts"
import type { Configuration, Values } from "../../platform/configuration/Configuration.ts"
import * as Logging from "../../platform/observability/Logging.ts"
import { administrator } from "../../platform/process/Administrator.ts"
import { hearHangUps } from "../../platform/process/Signals.ts"
import * as Threads from "../../platform/process/Threads.ts"
import * as IdentityCli from "./IdentityCli.ts"
import { Application } from "./kit/Application.ts"
import type { Invocation, SettingOverride } from "./kit/Application.ts"
import { CommandName } from "./kit/CommandName.ts"

/** How a server is started. */
export interface ServerStart {
  /** Completes at each SIGHUP. */
  readonly hangUps: Effect.Effect<void>
  /** How many threads the process has for work that would block it. */
  readonly threads: number
  /** For the log, once there is one. */
  readonly warnings: ReadonlyArray<string>
}

type Built<K extends "migrator" | "services"> = ReturnType<Application["Service"][K]>

/** The pages of the composition, over its settings. */
export interface Pages<S> {
  readonly settings: () => Promise<{
    readonly loadConfiguration: (
      overrides: ReadonlyArray<SettingOverride>
    ) => Effect.Effect<Configuration<S>, never, Command.Environment>
  }>
  readonly compose: () => Promise<{
    readonly commandServices: (values: Values<S>) => Layer.Layer<
      Layer.Success<Built<"services">> | SharedClock,
      Layer.Error<Built<"services">>,
      Command.Environment
    >
    readonly migrator: (values: Values<S>) => Built<"migrator">
  }>
  readonly doctor: () => Promise<{
    readonly examine: (configuration: Configuration<S>) => ReturnType<Application["Service"]["examine"]>
  }>
  readonly serve: () => Promise<{
    readonly serve: (values: Values<S>, start: ServerStart) => ReturnType<Application["Service"]["serve"]>
  }>
  readonly keys: () => Promise<{
    readonly generateSigningKey: Effect.Effect<Redacted.Redacted, never, SecureRandom.SecureRandom>
  }>
}

/** Runs the command that `args` spell, to be given to Node. */
export const commandLine = <S>(
  args: ReadonlyArray<string>,
  pages: Pages<S>
): Effect.Effect<void, { readonly exitCode: number }> =>
  IdentityCli.run(args, { version: manifest.version }).pipe(
    Effect.provideService(CommandName, name),
    Effect.provideServiceEffect(Application, Effect.map(SecureRandom.SecureRandom, applicationOf(pages))),
    Effect.provide([Logging.layerCommand, NodeServices.layer, SecureRandom.layerWebCrypto])
  )

/** Node runs TypeScript in a clone only, and there the command is the script at its root. */
const name = import.meta.url.endsWith(".ts") ? "./identity" : "identity"

const applicationOf =
  <S>(pages: Pages<S>) => (random: SecureRandom.SecureRandom["Service"]): Application["Service"] => {
    const load = Effect.fnUntraced(function*({ overrides }: Pick<Invocation, "overrides">) {
      const { loadConfiguration } = yield* Effect.promise(pages.settings)
      return yield* loadConfiguration(overrides)
    })
    const loadValid = Effect.fnUntraced(function*(invocation: Invocation) {
      const { values, warnings } = yield* load(invocation)
      yield* Effect.forEach(warnings, invocation.warn, { discard: true })
      return yield* Effect.fromResult(values)
    })
    return {
      administrator,

      services: (invocation) =>
        Layer.unwrap(Effect.gen(function*() {
          const values = yield* loadValid(invocation)
          const { commandServices } = yield* Effect.promise(pages.compose)
          return Layer.provideMerge(measuredTime(invocation.warn), commandServices(values))
        })),

      migrator: (invocation) =>
        Layer.unwrap(Effect.gen(function*() {
          const values = yield* loadValid(invocation)
          const { migrator } = yield* Effect.promise(pages.compose)
          return migrator(values)
        })),

      serve: Effect.fnUntraced(function*(invocation) {
        const { next: hangUps } = yield* hearHangUps
        const threads = yield* Threads.presume
        const { values, warnings } = yield* load(invocation)
        const valid = yield* Effect.fromResult(values)
        const { serve } = yield* Effect.promise(pages.serve)
        return yield* serve(valid, { hangUps, threads, warnings })
      }),

      configuration: Effect.fnUntraced(function*(invocation) {
        const { settings, values, warnings } = yield* load(invocation)
        yield* Effect.forEach(warnings, invocation.warn, { discard: true })
        return { settings, failure: Result.getFailure(values) }
      }),

      examine: Effect.fnUntraced(function*(invocation) {
        const configuration = yield* load(invocation)
        const { examine } = yield* Effect.promise(pages.doctor)
        return yield* examine(configuration)
      }),

      generateSigningKey: Effect.promise(pages.keys).pipe(
        Effect.flatMap((keys) => keys.generateSigningKey),
        Effect.provideService(SecureRandom.SecureRandom, random)
      )
    }
  }

/** The store's time, which a command learns before it does anything. */
const measuredTime = (warn: Invocation["warn"]) =>
  Layer.merge(
    SharedClock.time,
    Layer.effectDiscard(Effect.gen(function*() {
      const { agreement, measure, offsetMillis, settled } = yield* SharedClock
      yield* settled
      if (agreement() === "unknown") yield* measure
      if (agreement() !== "close") {
        yield* warn(`The clock of this machine is ${describeOffset(offsetMillis())}. The database's decides.`)
      }
    }))
  )
