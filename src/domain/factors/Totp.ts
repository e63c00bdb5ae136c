/** Codes of authenticator applications (RFC 6238). */
import { DateTime, Duration, Effect, Option } from "effect"
import type { Redacted } from "effect"
import type { StoredFactor } from "../../ports/FactorStore.ts"
import { OneTimeCodes } from "../../ports/OneTimeCodes.ts"
import { SecretBox } from "../../ports/SecretBox.ts"
import { seedOf, TOTP_STEP } from "../model/Factor.ts"
import type { JudgeFactor } from "./FactorKind.ts"

export const makeTotp = Effect.gen(function*() {
  const box = yield* SecretBox
  const codes = yield* OneTimeCodes

  /** The step of a code, if it is one of the factor's and later than those that were used. */
  const stepOf = Effect.fnUntraced(function*(
    { factor, lastStep = Number.NEGATIVE_INFINITY, seed }: StoredFactor,
    code: Redacted.Redacted<string>,
    now: DateTime.Utc
  ) {
    const opened = seed === undefined ? Option.none() : yield* box.open(seed, seedOf(factor))
    if (Option.isNone(opened)) return Option.none<number>()
    const step = yield* codes.stepOf(opened.value, code, stepAt(now))
    return Option.filter(step, (found) => found > lastStep)
  })

  const judge: JudgeFactor<"totp"> = Effect.fnUntraced(function*(factors, { code }, now) {
    const steps = yield* Effect.forEach(
      factors,
      (stored) => Effect.map(stepOf(stored, code, now), Option.map((step) => ({ stored, step })))
    )
    return Option.map(Option.firstSomeOf(steps), ({ step, stored }) => ({
      stored,
      by: { _tag: "Step" as const, step },
      methods: ["otp" as const]
    }))
  })

  return { judge, stepOf }
})

const stepAt = (now: DateTime.Utc): number => Math.floor(DateTime.toEpochMillis(now) / Duration.toMillis(TOTP_STEP))
