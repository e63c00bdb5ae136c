import { DateTime } from "effect"
import { aSessionId, START } from "../../support/builders.ts"

export const aClaim = (key: string, owner: string = aSessionId(), now = START) => ({
  key,
  owner,
  fingerprint: "fingerprint",
  now,
  claimedUntil: DateTime.addDuration(now, "1 minute"),
  expiresAt: DateTime.addDuration(now, "1 day")
})

export const aKey = (): string => `test:${aSessionId()}`
