import { assert, describe, it } from "@effect/vitest"
import { DateTime, Schema } from "effect"
import { Session } from "../../src/domain/model/Session.ts"
import { instantText } from "../../src/kernel/InstantText.ts"
import * as Wire from "../../src/resources/Instant.ts"
import { currentSessionJson, SessionResource, sessionResource } from "../../src/resources/SessionResource.ts"
import { anAccount, aSession, START } from "../support/builders.ts"

const Instant = Wire.instant("When it happened")

const encode = Schema.encodeSync(Schema.fromJsonString(SessionResource))

describe("the current session on the wire", () => {
  const account = anAccount()
  const session = aSession(account)

  it.each([
    ["with all that is known of its client", session],
    ["of an unknown client", Session.make({ ...session, userAgent: undefined, ipAddress: undefined })],
    ["elevated by a second factor", Session.make({ ...session, amr: ["pwd", "otp"], aal: 2, elevatedUntil: START })],
    ["of a client with an odd name", Session.make({ ...session, userAgent: "\"\\\u2028\n💡" })]
  ])("%s is what its schema says", (_, session) => {
    assert.strictEqual(currentSessionJson(session, account), encode(sessionResource(session, account, session.id)))
  })
})

describe("an instant on the wire", () => {
  const millis = Schema.Int.pipe(
    Schema.check(Schema.isBetween({ minimum: -62_135_596_800_000, maximum: 253_402_300_799_999 }))
  )

  it.prop("is what its schema says, whenever it is", { millis }, ({ millis }) => {
    const instant = DateTime.makeUnsafe(millis)
    assert.strictEqual(instantText(instant), Schema.encodeSync(Instant)(instant))
  })
})
