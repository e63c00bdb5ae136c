/** The layers that commands need. They are built only after the whole command line has proved valid. */
import { Effect, Layer } from "effect"
import { Caller } from "../../../domain/model/Caller.ts"
import { Application } from "./Application.ts"
import { invocation } from "./GlobalFlags.ts"
import { noteIfSlow } from "./Progress.ts"

const built = <A, E, R>(layer: Layer.Layer<A, E, R>) =>
  Layer.effectContext(noteIfSlow("Opening the database", Layer.build(layer)))

/**
 * The services on the configured database. They record the administrator who runs the command, and don't limit them.
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
