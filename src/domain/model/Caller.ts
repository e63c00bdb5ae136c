import { Context, Effect } from "effect"
import type { AccountId } from "./Account.ts"
import type { Actor } from "./Audit.ts"

/**
 * On whose behalf the current fiber works. The transports set it around every request or command. Where nothing sets
 * it, the caller is anonymous and held to every limit.
 */
export interface Caller {
  readonly actor: Actor
  readonly requestId: string | undefined
  /** Limits by network are for callers whose address is known. */
  readonly clientAddress: string | undefined
  /** Set for operators and for the service itself: what they do is neither counted nor refused by `GuessLimits`. */
  readonly limits?: "exempt"
}

export const Caller = Context.Reference<Caller>("identityd/domain/model/Caller", {
  defaultValue: () => ({ actor: { type: "anonymous" }, requestId: undefined, clientAddress: undefined })
})

/**
 * Does what follows from proving or making an account on behalf of its holder, who was anonymous until then.
 * Administrators and the system stay who they are.
 */
export const onBehalfOf = (id: AccountId): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> =>
  Effect.updateService(
    Caller,
    (caller): Caller => caller.actor.type === "anonymous" ? { ...caller, actor: { type: "account", id } } : caller
  )
