import { Context, Effect } from "effect"
import type { AccountId } from "./Account.ts"
import type { ApiKey } from "./ApiKey.ts"
import type { Actor } from "./Audit.ts"

/**
 * On whose behalf the current fiber works. The transports set it for every request or command. The default is an
 * anonymous caller, to whom every limit applies.
 */
export interface Caller {
  readonly actor: Actor
  readonly requestId: string | undefined
  /** Undefined if it isn't known. Limits by network don't apply then. */
  readonly clientAddress: string | undefined
  /**
   * Set for operators, their programs and the service itself. `GuessLimits` neither counts nor refuses their attempts.
   */
  readonly limits?: "exempt"
  /** The key by which a program acts. What it makes may do no more than this. */
  readonly apiKey?: ApiKey
}

export const Caller = Context.Reference<Caller>("identityd/domain/model/Caller", {
  defaultValue: () => ({ actor: { type: "anonymous" }, requestId: undefined, clientAddress: undefined })
})

/**
 * Runs an effect on behalf of the account that an anonymous caller has just created or proved to be theirs.
 * Administrators, programs and the system stay who they are.
 */
export const onBehalfOf = (id: AccountId): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> =>
  Effect.updateService(
    Caller,
    (caller): Caller => caller.actor.type === "anonymous" ? { ...caller, actor: { type: "account", id } } : caller
  )
