import { Layer } from "effect"
import { Accounts } from "./accounts/Accounts.ts"
import { OwnAccount } from "./accounts/OwnAccount.ts"
import { AuditTrail } from "./audit/AuditTrail.ts"
import { SharedClock } from "./clock/SharedClock.ts"
import { Attempts } from "./limits/Attempts.ts"
import { Passwords } from "./passwords/Passwords.ts"
import { Idempotency } from "./requests/Idempotency.ts"
import { SessionRevocation } from "./sessions/SessionRevocation.ts"
import { Sessions } from "./sessions/Sessions.ts"
import { HouseKeeping } from "./upkeep/HouseKeeping.ts"

/**
 * Every service with a rule in it, over nothing but the ports. What calls them has the time of `SharedClock.time` where
 * the machine's own clock must not decide.
 */
export const layer = Layer.mergeAll(OwnAccount.layer, SessionRevocation.layer, HouseKeeping.layer).pipe(
  Layer.provideMerge([Accounts.layer, Sessions.layer]),
  Layer.provideMerge(Passwords.layer),
  Layer.provide([Attempts.layer, Idempotency.layer]),
  Layer.provideMerge([AuditTrail.layer, SharedClock.layer])
)

export type Services = Layer.Success<typeof layer>
