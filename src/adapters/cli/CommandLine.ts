/**
 * The command line as the executable starts it. Modules that load slowly are imported only by commands that need them.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer, Result } from "effect"
import type { Redacted } from "effect"
import type { Command } from "effect/cli"
import { SecureRandom } from "effect/crypto"
import manifest from "../../../package.json" with { type: "json" }
import { describeOffset, SharedClock } from "../../domain/clock/SharedClock.ts"
import type { Services } from "../../domain/Core.ts"
import type { Mails } from "../../domain/mail/Mails.ts"
import { CommandName } from "../../kernel/CommandName.ts"
import type { Configuration, Values } from "../../platform/configuration/Configuration.ts"
import * as Logging from "../../platform/observability/Logging.ts"
import { administrator } from "../../platform/process/Administrator.ts"
import { handleHangUps } from "../../platform/process/Signals.ts"
import * as Threads from "../../platform/process/Threads.ts"
import * as IdentityCli from "./IdentityCli.ts"
import { Application } from "./kit/Application.ts"
import type { Invocation, MailTemplateFiles, SettingOverride } from "./kit/Application.ts"

/** How a server is started. */
export interface ServerStart {
  /** Completes at the next SIGHUP. */
  readonly hangUps: Effect.Effect<void>
  /** The size of libuv's thread pool. */
  readonly threads: number
  /** Warnings to log once the log has started. */
  readonly warnings: ReadonlyArray<string>
}

type Built<K extends "mails" | "migrator" | "services"> = ReturnType<Application["Service"][K]>

/** Loads the composition's modules, each when it is needed. */
export interface Modules<S> {
  readonly settings: () => Promise<{
    readonly loadConfiguration: (
      overrides: ReadonlyArray<SettingOverride>
    ) => Effect.Effect<Configuration<S>, never, Command.Environment>
  }>
  readonly compose: () => Promise<{
    readonly commandServices: (values: Values<S>) => Built<"services">
    readonly commandMails: (
      values: Values<S>
    ) => Layer.Layer<Mails | Services, Layer.Error<Built<"mails">>, Command.Environment>
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
  readonly mailTemplates: () => Promise<MailTemplateFiles>
  readonly foreignHashes: () => Promise<{ readonly hashProblem: (hash: string) => string | undefined }>
}

/** The program that runs the command in `args`. */
export const commandLine = <S>(
  args: ReadonlyArray<string>,
  modules: Modules<S>
): Effect.Effect<void, { readonly exitCode: number }> =>
  IdentityCli.run(args, { version: manifest.version }).pipe(
    Effect.provideService(CommandName, name),
    Effect.provideServiceEffect(Application, Effect.map(SecureRandom.SecureRandom, applicationOf(modules))),
    Effect.provide([Logging.layerCommand, NodeServices.layer, SecureRandom.layerWebCrypto])
  )

/** Node runs TypeScript only in a clone, and there the command is the script at its root. */
const name = import.meta.url.endsWith(".ts") ? "./identity" : "identity"

const applicationOf =
  <S>(modules: Modules<S>) => (random: SecureRandom.SecureRandom["Service"]): Application["Service"] => {
    const load = Effect.fnUntraced(function*({ overrides }: Pick<Invocation, "overrides">) {
      const { loadConfiguration } = yield* Effect.promise(modules.settings)
      return yield* loadConfiguration(overrides)
    })
    const loadValid = Effect.fnUntraced(function*(invocation: Invocation) {
      const { values, warnings } = yield* load(invocation)
      yield* Effect.forEach(warnings, invocation.warn, { discard: true })
      return yield* Effect.fromResult(values)
    })
    const composed = <A, E, R>(
      invocation: Invocation,
      choose: (compose: Awaited<ReturnType<Modules<S>["compose"]>>, values: Values<S>) => Layer.Layer<A, E, R>
    ) =>
      Layer.unwrap(Effect.gen(function*() {
        const values = yield* loadValid(invocation)
        return choose(yield* Effect.promise(modules.compose), values)
      }))
    return {
      administrator,

      services: (invocation) =>
        composed(invocation, ({ commandServices }, values) => inMeasuredTime(invocation, commandServices(values))),

      mails: (invocation) =>
        composed(invocation, ({ commandMails }, values) => inMeasuredTime(invocation, commandMails(values))),

      migrator: (invocation) => composed(invocation, ({ migrator }, values) => migrator(values)),

      serve: Effect.fnUntraced(function*(invocation) {
        const { next: hangUps } = yield* handleHangUps
        const threads = yield* Threads.presetSize
        const { values, warnings } = yield* load(invocation)
        const valid = yield* Effect.fromResult(values)
        const { serve } = yield* Effect.promise(modules.serve)
        return yield* serve(valid, { hangUps, threads, warnings })
      }),

      configuration: Effect.fnUntraced(function*(invocation) {
        const { settings, values, warnings } = yield* load(invocation)
        yield* Effect.forEach(warnings, invocation.warn, { discard: true })
        return { settings, failure: Result.getFailure(values) }
      }),

      examine: Effect.fnUntraced(function*(invocation) {
        const configuration = yield* load(invocation)
        const { examine } = yield* Effect.promise(modules.doctor)
        return yield* examine(configuration)
      }),

      generateSigningKey: Effect.promise(modules.keys).pipe(
        Effect.flatMap((keys) => keys.generateSigningKey),
        Effect.provideService(SecureRandom.SecureRandom, random)
      ),

      mailTemplates: {
        write: (directory) => Effect.flatMap(Effect.promise(modules.mailTemplates), ({ write }) => write(directory)),
        check: (directory) => Effect.flatMap(Effect.promise(modules.mailTemplates), ({ check }) => check(directory))
      },

      hashProblem: Effect.map(Effect.promise(modules.foreignHashes), ({ hashProblem }) => hashProblem)
    }
  }

/** The same in the store's time, which is measured before a command does anything. */
const inMeasuredTime = <A, E, R>({ warn }: Invocation, services: Layer.Layer<A | SharedClock, E, R>) =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { agreement, measure, offsetMillis, settled } = yield* SharedClock
    yield* settled
    if (agreement() === "unknown") yield* measure
    if (agreement() !== "close") {
      yield* warn(`The clock of this machine is ${describeOffset(offsetMillis())}. The database's clock is used.`)
    }
  })).pipe(Layer.merge(SharedClock.time), Layer.provideMerge(services))
