/**
 * Whether the public listener may be sent requests. It writes this, the management listener reads it.
 */
import { Context, Effect, Layer } from "effect"

type State = "starting" | "serving" | "draining"

export class Readiness extends Context.Service<Readiness, {
  readonly state: () => State
  readonly enter: (state: State) => Effect.Effect<void>
}>()("identityd/adapters/http/listener/Readiness") {
  static readonly layer = Layer.sync(Readiness, () => {
    let current: State = "starting"
    return Readiness.of({
      state: () => current,
      enter: (state) =>
        Effect.sync(() => {
          current = state
        })
    })
  })
}
