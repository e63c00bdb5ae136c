/** The layers that commands need. They are built only after the whole command line has proved valid. */
import { Effect, Layer } from "effect"
import { Caller } from "../../../domain/model/Caller.ts"
import { Application } from "./Application.ts"
import type { Invocation } from "./Application.ts"
import { invocation } from "./GlobalFlags.ts"
import { noteIfSlow } from "./Progress.ts"

const built = <A, E, R>(layerOf: (application: Application["Service"], given: Invocation) => Layer.Layer<A, E, R>) =>
  Layer.unwrap(Effect.gen(function*() {
    const layer = layerOf(yield* Application, yield* invocation)
    return Layer.effectContext(noteIfSlow("Opening the database", Layer.build(layer)))
  }))

const caller = Layer.effect(
  Caller,
  Effect.gen(function*() {
    const name = yield* (yield* Application).administrator
    return { actor: { type: "admin", name }, requestId: undefined, clientAddress: undefined, limits: "exempt" } as const
  })
)

/**
 * The services on the configured database. They record the administrator who runs the command, and don't limit them.
 */
export const services = Layer.merge(built((application, given) => application.services(given)), caller)

/** The same with what is known of mails. */
export const mails = Layer.merge(built((application, given) => application.mails(given)), caller)

export const migrator = built((application, given) => application.migrator(given))
