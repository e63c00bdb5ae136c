/**
 * Real listeners over memory, on ports that the system chooses. Tests talk to them over sockets like any client.
 */
import { Context, Duration, Effect, Exit, Layer, Logger, Scope } from "effect"
import * as HttpServer from "../../src/adapters/http/listener/HttpServer.ts"
import { ListenerState } from "../../src/adapters/http/listener/ListenerState.ts"
import * as ManagementServer from "../../src/adapters/http/listener/ManagementServer.ts"
import type { Accounts } from "../../src/domain/accounts/Accounts.ts"
import type { OwnAccount } from "../../src/domain/accounts/OwnAccount.ts"
import type { OwnRecords } from "../../src/domain/accounts/OwnRecords.ts"
import type { Challenges } from "../../src/domain/challenges/Challenges.ts"
import type { EmailChanges } from "../../src/domain/challenges/EmailChanges.ts"
import type { EmailVerifications } from "../../src/domain/challenges/EmailVerifications.ts"
import type { Recoveries } from "../../src/domain/challenges/Recoveries.ts"
import type { SignInLinks } from "../../src/domain/challenges/SignInLinks.ts"
import type { SignUps } from "../../src/domain/challenges/SignUps.ts"
import type { SharedClock } from "../../src/domain/clock/SharedClock.ts"
import type { Factors } from "../../src/domain/enrolments/Factors.ts"
import type { PasskeySignIns } from "../../src/domain/enrolments/PasskeySignIns.ts"
import type { SignInCompletion } from "../../src/domain/enrolments/SignInCompletion.ts"
import type { Elevations } from "../../src/domain/sessions/Elevations.ts"
import type { Sessions } from "../../src/domain/sessions/Sessions.ts"
import type { SessionVerification } from "../../src/domain/sessions/SessionVerification.ts"
import { SchemaMigrator } from "../../src/ports/SchemaMigrator.ts"
import { StoreHealth } from "../../src/ports/StoreHealth.ts"
import { PUBLIC_URL } from "./TestIdentity.ts"
import * as TestServices from "./TestServices.ts"

/** What the listeners serve. */
export type Services =
  | Accounts
  | Challenges
  | Elevations
  | EmailChanges
  | EmailVerifications
  | Factors
  | OwnAccount
  | OwnRecords
  | PasskeySignIns
  | SignInCompletion
  | Recoveries
  | Sessions
  | SessionVerification
  | SharedClock
  | SignInLinks
  | SignUps

const LOOPBACK = "127.0.0.1"

/** A healthy store with a current schema. */
export const healthyStore = Layer.merge(
  Layer.succeed(SchemaMigrator, {
    pending: Effect.succeed([]),
    ahead: Effect.succeed([]),
    plan: Effect.succeed([]),
    migrate: Effect.succeed([])
  }),
  Layer.succeed(StoreHealth, { obstacles: Effect.succeed([]), standbysMissing: Effect.succeed(0) })
)

type Loggers = ReadonlyArray<Logger.Logger<unknown, unknown>>

export const publicListener = (options: Partial<HttpServer.HttpServerOptions> = {}, loggers: Loggers = []) =>
  HttpServer.layer({
    host: LOOPBACK,
    port: 0,
    publicUrl: PUBLIC_URL,
    allowedOrigins: [],
    trustedProxies: [],
    publicDocs: true,
    connectionsMax: 1024,
    shutdownDelay: Duration.zero,
    shutdownTimeout: Duration.seconds(10),
    ...options
  }).pipe(Layer.provide(Logger.layer(loggers)))

export const managementListenerWith = (options: Partial<ManagementServer.ManagementServerOptions>) =>
  ManagementServer.layer({
    host: LOOPBACK,
    port: 0,
    publicUrl: PUBLIC_URL,
    metrics: Effect.succeed("# TYPE identity_up gauge\nidentity_up 1\n"),
    storeDeadline: Duration.seconds(4),
    ...options
  })

export const managementListener = managementListenerWith({})

/** Runs the public listener until the scope closes, and returns its port. */
export const listening = Effect.fnUntraced(function*(
  options: Partial<HttpServer.HttpServerOptions> = {},
  loggers: Loggers = []
) {
  const context = yield* Layer.build(
    publicListener(options, loggers).pipe(Layer.provide(TestServices.layer), Layer.provide(ListenerState.layer))
  )
  return Context.get(context, HttpServer.PublicAddress).port
})

/** The port of a public listener that tests share when they are about neither limits nor settings. */
export class SharedListener extends Context.Service<SharedListener, number>()(
  "identityd/test/support/RunningServer/SharedListener"
) {
  static readonly layer = Layer.effect(SharedListener, Effect.suspend(() => listening()))
}

/** Both listeners, tied together as the composition does it. `close` ends them as a signal to the process would. */
export const bothListening = Effect.fnUntraced(function*<E>(
  services: Layer.Layer<Services, E>,
  store: Layer.Layer<SchemaMigrator | StoreHealth> = healthyStore,
  options: Partial<HttpServer.HttpServerOptions> = {}
) {
  const scope = yield* Effect.acquireRelease(Scope.make(), (scope, exit) => Scope.close(scope, exit))
  const context = yield* publicListener(options).pipe(
    Layer.provideMerge(managementListener),
    Layer.provide([services, ListenerState.layer, store]),
    Layer.buildWithScope(scope)
  )
  return {
    port: Context.get(context, HttpServer.PublicAddress).port,
    managementPort: Context.get(context, ManagementServer.ManagementAddress).port,
    close: Scope.close(scope, Exit.void)
  }
})
