import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { AccountId } from "../../src/domain/model/Account.ts"
import { AuditEntryId } from "../../src/domain/model/Audit.ts"
import { IdempotencyKey } from "../../src/domain/model/Idempotency.ts"
import { SessionId } from "../../src/domain/model/Session.ts"

const DIGITS = "3w5e11264sgsf0000000r7x2k"

/** Why a text isn't valid as one of these, or nothing if it is. */
const refusal = (schema: Schema.Codec<string, string>, text: string): string | undefined => {
  const result = Schema.decodeResult(schema)(text)
  return Result.isFailure(result) ? result.failure.message : undefined
}

describe.each([
  ["an account id", "acct_", AccountId],
  ["an audit entry id", "aud_", AuditEntryId],
  ["a session id", "ses_", SessionId]
])("%s", (name, prefix, Id) => {
  it("is its prefix and 25 digits", () => {
    assert.isUndefined(refusal(Id, `${prefix}${DIGITS}`))
  })

  it.each([
    ["text in front of it", `x${prefix}${DIGITS}`],
    ["a line in front of it", `x\n${prefix}${DIGITS}`],
    ["a digit too many", `${prefix}${DIGITS}0`],
    ["a line break behind it", `${prefix}${DIGITS}\n`],
    ["a digit too few", `${prefix}${DIGITS.slice(1)}`],
    ["a capital", `${prefix}${DIGITS.toUpperCase()}`],
    ["the prefix of another kind", `key_${DIGITS}`],
    ["no prefix", DIGITS]
  ])("is nothing with %s", (_, text) => {
    assert.include(refusal(Id, text), `must be ${name}`)
  })
})

describe("an idempotency key", () => {
  it.each(["!", "~", "8e03978e-40d5-43dd-bc93-6894a57f9324", "x".repeat(255)])("may be %s", (text) => {
    assert.isUndefined(refusal(IdempotencyKey, text))
  })

  it.each([
    ["nothing", ""],
    ["256 characters", "x".repeat(256)],
    ["a blank", "a b"],
    ["a line break", "a\n"],
    ["DEL", "\x7f"],
    ["a letter beyond ASCII", "é"]
  ])("may not be %s", (_, text) => {
    assert.include(refusal(IdempotencyKey, text), "must be 1 to 255 visible ASCII characters")
  })
})
