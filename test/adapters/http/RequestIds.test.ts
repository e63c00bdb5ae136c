import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeRequestIds, MakesTraceIds, makeTraceIds } from "../../../src/adapters/http/exchange/RequestIds.ts"
import { nearly } from "../../support/texts.ts"

describe("the id of a request", () => {
  it.effect.each(["a", "req-1", "A_z.0~9:=+/-", "x".repeat(128)])(
    "is the one the caller chose: %s",
    (chosen) =>
      Effect.gen(function*() {
        assert.strictEqual((yield* makeRequestIds).of(chosen), chosen)
      })
  )

  it.effect.each(["", " ", "a b", "a\n", "\na", "<a>", "é", "x".repeat(129), "a\"", "{}"])(
    "is not what the caller may not choose: %j",
    (chosen) =>
      Effect.gen(function*() {
        assert.match((yield* makeRequestIds).of(chosen), /^[0-9a-z]{16}-1$/)
      })
  )

  it.effect.prop("is one that may be chosen, whatever the caller chose", {
    chosen: nearly("req-1", "A_z.0~9:=+/-", "x".repeat(60))
  }, ({ chosen }) =>
    Effect.gen(function*() {
      const ids = yield* makeRequestIds
      const id = ids.of(chosen)
      assert.match(id, /^[\x21-\x7e]{1,128}$/)
      assert.strictEqual(ids.of(id), id)
    }))

  it.effect("counts on under a prefix of its own, which differs from one server to the next", () =>
    Effect.gen(function*() {
      const [one, other] = [yield* makeRequestIds, yield* makeRequestIds]
      const ids = Array.from({ length: 37 }, () => one.of(undefined))
      const prefix = ids[0]?.slice(0, 16)
      assert.deepStrictEqual([ids[0], ids[1], ids[36]], [`${prefix}-1`, `${prefix}-2`, `${prefix}-11`])
      assert.notStrictEqual(other.of(undefined).slice(0, 16), prefix)
    }))
})

it.effect("a trace id has 32 digits and is used once", () =>
  Effect.gen(function*() {
    const [next, other] = [yield* makeTraceIds, yield* makeTraceIds]
    const ids = [next(), next(), other()]
    for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/)
    assert.strictEqual(new Set(ids).size, 3)
    assert.isTrue(ids[0]?.endsWith("0000000000000001"))
    assert.isTrue(yield* MakesTraceIds)
  }))
