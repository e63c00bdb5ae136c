/** The layers that commands are provided with. They are built after everything on the command line proved valid. */
import { Effect, Layer } from "effect"
import { Application } from "./Application.ts"
import { invocation } from "./GlobalFlags.ts"

/** The services, on the database that the configuration names. */
export const services = Layer.unwrap(Effect.gen(function*() {
  const application = yield* Application
  return application.services(yield* invocation)
}))

export const migrator = Layer.unwrap(Effect.gen(function*() {
  const application = yield* Application
  return application.migrator(yield* invocation)
}))
