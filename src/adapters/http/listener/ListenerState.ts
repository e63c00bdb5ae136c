/**
 * Whether the public listener takes requests. The public listener writes this state, the management listener reads it.
 */
import { Context, Effect, Layer } from "effect"
import type { Duration } from "effect"

/**
 * The end of a listener. `draining`: it goes on for the delay, and clients are told to connect anew, which a load
 * balancer makes them do elsewhere. `stopping`: it waits for the moment at which its port can close, and keeps its
 * connections, because their clients would connect again at this port. `closing`: it answers what is left.
 */
export type EndPhase = "draining" | "stopping" | "closing"

export interface DrainOptions {
  /** How long the listener goes on as before. In this time, load balancers learn to send requests elsewhere. */
  readonly shutdownDelay: Duration.Duration
  /** How long active requests get after that. */
  readonly shutdownTimeout: Duration.Duration
  /** Runs at the beginning of each phase. */
  readonly enter: (phase: EndPhase) => Effect.Effect<void>
}

type State = "starting" | "serving" | EndPhase

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

/** Whether answers say that they are the last of their connection. */
export const endsConnections = (state: State): boolean => state === "draining" || state === "closing"
