import { assert, it } from "@effect/vitest"
import { DateTime, Schema } from "effect"
import * as Wire from "../../src/resources/Instant.ts"

const Instant = Wire.instant("When it happened")

/** Up to the end of the year 9999. */
const Moment = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 253_402_300_799_999 })))

const write = (moment: number) => Schema.encodeSync(Instant)(DateTime.makeUnsafe(moment))

it.prop("an instant is read as it was written, and sorts as text", { one: Moment, other: Moment }, ({ one, other }) => {
  assert.strictEqual(Schema.decodeSync(Instant)(write(one)).epochMilliseconds, one)
  assert.match(write(one), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.strictEqual(write(one) < write(other), one < other)
})
