/** The layers that commands are provided with. They are built after everything on the command line proved valid. */
import { Effect, Layer } from "effect"
import { Caller } from "../../../domain/model/Caller.ts"
import { Application } from "./Application.ts"
import { invocation } from "./GlobalFlags.ts"
import { tellingIfSlow } from "./Progress.ts"

const built = <A, E, R>(layer: Layer.Layer<A, E, R>) =>
  Layer.effectContext(tellingIfSlow("Opening the database", Layer.build(layer)))

/**
 * The services, on the database that the configuration names. Whoever runs the command is named in what they record,
 * and is exempt from limits.
 */
export const services = Layer.unwrap(Effect.gen(function*() {
  const application = yield* Application
  const caller = Layer.succeed(Caller, {
    actor: { type: "admin", name: yield* application.administrator },
    requestId: undefined,
    clientAddress: undefined,
    limits: "exempt"
  })
  return Layer.merge(built(application.services(yield* invocation)), caller)
}))

export const migrator = Layer.unwrap(Effect.gen(function*() {
  const application = yield* Application
  return built(application.migrator(yield* invocation))
}))
