/**
 * Whether the public listener takes requests. The public listener writes this state, the management listener reads it.
 */
import { Context, Effect, Layer } from "effect"

type State = "starting" | "serving" | "draining"

export class ListenerState extends Context.Service<ListenerState, {
  readonly state: () => State
  readonly enter: (state: State) => Effect.Effect<void>
}>()("identityd/adapters/http/listener/ListenerState") {
  static readonly layer = Layer.sync(ListenerState, () => {
    let current: State = "starting"
    return ListenerState.of({
      state: () => current,
      enter: (state) =>
        Effect.sync(() => {
          current = state
        })
    })
  })
}
