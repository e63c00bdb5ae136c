/** The budgets that attempts count against, by what is counted together. */
import { Duration, Effect, Option, Random } from "effect"
import type { GuessBudget } from "../../ports/GuessBudgets.ts"
import { Caller } from "../model/Caller.ts"
import type { AttemptScope } from "../model/IdentityErrors.ts"
import { clientNetworks } from "../model/IpAddress.ts"
import type { ClientNetworks } from "../model/IpAddress.ts"
import { scopeOf } from "./AttemptPolicy.ts"
import type { AttemptLimits, LimitName } from "./AttemptPolicy.ts"

/** All requests would wait for a single counter of the whole service, so it is split into this many rows. */
const SHARDS = 16

export interface NamedBudget extends GuessBudget {
  /** The name in metrics. */
  readonly name: LimitName
  /** Shown to a refused caller. */
  readonly shown: { readonly scope: AttemptScope; readonly limit: number; readonly window: Duration.Duration }
}

export const budget = (
  limits: AttemptLimits,
  name: LimitName,
  onPass: GuessBudget["onPass"],
  ...subject: ReadonlyArray<string>
): NamedBudget => {
  const { burst, delay, recovery } = limits[name]
  return {
    burst,
    delay,
    recovery,
    onPass,
    name,
    key: JSON.stringify([name, ...subject]),
    shown: { scope: scopeOf(name), limit: burst, window: Duration.times(recovery, burst) }
  }
}

export const networkBudgets = (
  limits: AttemptLimits,
  [narrow, in56, in48]: readonly [LimitName, LimitName, LimitName],
  onPass: GuessBudget["onPass"],
  networks: ClientNetworks | undefined
): ReadonlyArray<NamedBudget> =>
  networks === undefined ? [] : [
    budget(limits, narrow, onPass, networks.network),
    ...(networks.around === undefined ? [] : [
      budget(limits, in56, onPass, networks.around.in56),
      budget(limits, in48, onPass, networks.around.in48)
    ])
  ]

/**
 * One of the counters that share the limit of the whole service, split into two halves. The second half is for networks
 * without a recent attempt, one attempt each. The widest network counts here, because otherwise a /48 would be 65,536
 * newcomers.
 */
export const sharedBudget = Effect.fnUntraced(function*(
  limits: AttemptLimits,
  name: "everywhere" | "mailEverywhere" | "recoveryEverywhere" | "signUpEverywhere",
  onPass: GuessBudget["onPass"],
  networks: ClientNetworks | undefined
) {
  const { burst, recovery } = limits[name]
  const kept = Math.floor(burst / 2)
  const shards = Math.max(1, Math.min(SHARDS, kept))
  const index = yield* Random.nextIntBetween(0, shards, { halfOpen: true })
  const part = (half: string, whole: number): NamedBudget => ({
    ...budget(limits, name, onPass, half, String(index)),
    burst: Math.max(1, Math.floor(whole / shards) + (index < whole % shards ? 1 : 0)),
    recovery: Duration.times(recovery, 2 * shards)
  })
  return {
    open: part("open", burst - kept),
    kept: part("kept", kept),
    from: networks === undefined
      ? undefined
      : { key: JSON.stringify(["newcomer", name, widest(networks)]), quiet: limits.newcomerAfter }
  }
})

const widest = ({ around, network }: ClientNetworks) => around === undefined ? network : around.in48

export const currentNetworks = Effect.map(
  Caller,
  ({ clientAddress }) => clientAddress === undefined ? undefined : Option.getOrUndefined(clientNetworks(clientAddress))
)
