import { Layer } from "effect"
import { Accounts } from "./Accounts.ts"
import { Attempts } from "./Attempts.ts"
import { AuditTrail } from "./AuditTrail.ts"
import { HouseKeeping } from "./HouseKeeping.ts"
import { Idempotency } from "./Idempotency.ts"
import { OwnAccount } from "./OwnAccount.ts"
import { Passwords } from "./Passwords.ts"
import { SessionRevocation } from "./SessionRevocation.ts"
import { Sessions } from "./Sessions.ts"
import { SharedClock } from "./SharedClock.ts"

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
