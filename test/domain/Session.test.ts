import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration } from "effect"
import { Account } from "../../src/domain/model/Account.ts"
import { isLive } from "../../src/domain/model/Session.ts"
import { SessionPolicy, touchInterval } from "../../src/domain/sessions/SessionPolicy.ts"
import { anAccount, aSession, START } from "../support/builders.ts"

const account = anAccount()
const session = aSession(account, { lifetime: "7 days" })
const at = (later: Duration.Input) => DateTime.addDuration(START, later)

describe("a session", () => {
  it("lives until the instant it expires at, and not then", () => {
    assert.isTrue(isLive(session, account, START))
    assert.isTrue(isLive(session, account, DateTime.subtractDuration(at("7 days"), "1 millis")))
    assert.isFalse(isLive(session, account, at("7 days")))
    assert.isFalse(isLive(session, account, at("8 days")))
  })

  it("of a disabled account is over", () => {
    assert.isFalse(isLive(session, Account.make({ ...account, status: "disabled" }), START))
  })

  it("from before all sessions were ended is over", () => {
    assert.isFalse(isLive(session, Account.make({ ...account, sessionEpoch: 1 }), START))
  })
})

describe("the use of a session is noted", () => {
  const noted = (idleTimeout: Duration.Input) =>
    Duration.toSeconds(
      touchInterval({
        ...SessionPolicy.defaultValue(),
        idleTimeout: Duration.fromInputUnsafe(idleTimeout)
      })
    )

  it.each(
    [
      ["7 days", 60],
      ["11 minutes", 60],
      ["10 minutes", 60],
      ["5 minutes", 30],
      ["1 minute", 6]
    ] as const
  )("with an idle timeout of %s every %i seconds", (idleTimeout, seconds) => {
    assert.strictEqual(noted(idleTimeout), seconds)
  })
})
