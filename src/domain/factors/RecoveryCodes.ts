/** Codes that stand in for a lost factor, each once. */
import { Array, Effect, Option } from "effect"
import { OneTimeCodes } from "../../ports/OneTimeCodes.ts"
import type { JudgeFactor } from "./FactorKind.ts"

export const makeRecoveryCodes = Effect.map(OneTimeCodes, ({ digestOf }) => {
  // Codes are random, so nobody learns anything from how long it takes to find one's digest.
  const judge: JudgeFactor<"recovery_codes"> = Effect.fnUntraced(function*(factors, { code }) {
    const digest = yield* digestOf(code)
    return Option.map(Array.findFirst(factors, ({ codes }) => codes.includes(digest)), (stored) => ({
      stored,
      by: { _tag: "RecoveryCode" as const, digest },
      methods: ["otp" as const]
    }))
  })
  return { judge }
})
