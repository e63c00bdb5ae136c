/** One of the processes that serve the public port, started by `primary.ts`. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Duration, Effect, Layer, Option, References } from "effect"
import { describe, unexpected } from "../src/adapters/cli/kit/Failure.ts"
import { PublicAddress } from "../src/adapters/http/listener/HttpServer.ts"
import { ListenerState } from "../src/adapters/http/listener/ListenerState.ts"
import { SharedClock } from "../src/domain/clock/SharedClock.ts"
import * as Primary from "../src/platform/cluster/Primary.ts"
import * as PrometheusText from "../src/platform/observability/PrometheusText.ts"
import { ofWorker } from "../src/platform/observability/TelemetryOptions.ts"
import { CommandFailed } from "../src/platform/process/CommandFailed.ts"
import { runWorker, terminated } from "../src/platform/process/Signals.ts"
import { explain } from "./application.ts"
import { policies, services, storage } from "./compose.ts"
import { adoptConfiguration } from "./configuration.ts"
import type { Values } from "./configuration.ts"
import { commandLog } from "./logging.ts"
import { CAN_NOT_LISTEN, limits, observed, publicListener } from "./serve.ts"
import { clockKept } from "./upkeep.ts"

const worker = (primary: Primary.Primary, { settings, telemetry, texts }: Values) =>
  Layer.effectDiscard(Effect.flatMap(PublicAddress, ({ port }) => primary.tell({ _tag: "Serving", port }))).pipe(
    // When the primary has a worker end, the delay is over and all there was to accept is accepted.
    Layer.provide(publicListener({ ...settings, shutdownDelay: Duration.zero }, primary.reloads)),
    Layer.provide(Layer.effectDiscard(primary.report(PrometheusText.render))),
    Layer.provide([ListenerState.layer, SharedClock.time, clockKept]),
    Layer.provide(services(settings)),
    Layer.provide([storage(settings), policies(settings), limits(settings)]),
    Layer.provide(observed({ settings, telemetry: ofWorker(telemetry, primary.worker), texts })),
    Layer.provide(Layer.succeed(References.CurrentLogAnnotations, { worker: primary.worker }))
  )

const serve = Effect.fnUntraced(function*(primary: Primary.Primary) {
  const { values } = yield* adoptConfiguration(primary.settings)
  const valid = yield* Effect.mapError(Effect.fromResult(values), explain)
  yield* Effect.raceFirst(Layer.launch(worker(primary, valid)), Effect.raceFirst(primary.drains, terminated))
}, Effect.catchTag("ListenError", ({ message }) => new CommandFailed({ exitCode: 1, code: CAN_NOT_LISTEN, message })))

const program = Effect.gen(function*() {
  const primary = yield* Primary.connect
  yield* Effect.tapCause(
    serve(primary),
    Effect.fnUntraced(function*(cause) {
      const error = Cause.findErrorOption(cause)
      if (Option.isNone(error)) yield* Effect.logDebug("The worker failed unexpectedly", cause)
      const { code, exitCode, message } = Option.match(error, { onNone: () => unexpected, onSome: describe })
      yield* primary.tell({ _tag: "Failed", code, exitCode, message })
    })
  )
})

// Whoever started it tells what went wrong.
program.pipe(Effect.provide([commandLog, NodeServices.layer]), runWorker({ disableErrorReporting: true }))
