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
  return Layer.merge(built(application.services(yield* invocation)), caller)
}))

/** The same with what is known of mails. */
export const mails = Layer.unwrap(Effect.gen(function*() {
  const application = yield* Application
  return Layer.merge(built(application.mails(yield* invocation)), caller)
}))

const caller = Layer.effect(
  Caller,
  Effect.gen(function*() {
    const name = yield* (yield* Application).administrator
    return { actor: { type: "admin", name }, requestId: undefined, clientAddress: undefined, limits: "exempt" } as const
  })
)

export const migrator = Layer.unwrap(Effect.gen(function*() {
  const application = yield* Application
  return built(application.migrator(yield* invocation))
}))
