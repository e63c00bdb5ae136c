/**
 * The contract of one-time codes. Each sentence in the port's documentation has a test here.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import type { Layer } from "effect"
import { OneTimeCodes } from "../../src/ports/OneTimeCodes.ts"

/** RFC 6238, appendix B, for SHA-1: seconds since 1970, and the last six of the eight digits there. */
const VECTORS = [
  [59, "287082"],
  [1_111_111_109, "081804"],
  [1_111_111_111, "050471"],
  [1_234_567_890, "005924"],
  [2_000_000_000, "279037"],
  [20_000_000_000, "353130"]
] as const

const SEED = Redacted.make(Uint8Array.from(Buffer.from("12345678901234567890")))

const stepOf = (code: string, step: number) =>
  OneTimeCodes.use((codes) => codes.stepOf(SEED, Redacted.make(code), step))

export const oneTimeCodesContract = <E>(name: string, codes: Layer.Layer<OneTimeCodes, E>): void => {
  layer(codes)(`${name} one-time codes`, (it) => {
    it.effect.each(VECTORS)(
      "[ASVS 6.5.5] the code of second %d is that of RFC 6238: %s",
      ([seconds, code]) =>
        Effect.gen(function*() {
          const step = Math.floor(seconds / 30)
          assert.deepStrictEqual(yield* stepOf(code, step), Option.some(step))
        })
    )

    it.effect("[ASVS 6.5.5] a code is that of its own step, one early or one late, and no other", () =>
      Effect.gen(function*() {
        const step = Math.floor(59 / 30)
        for (const away of [-1, 0, 1]) {
          assert.deepStrictEqual(yield* stepOf("287082", step + away), Option.some(step))
        }
        for (const away of [-2, 2, 1000]) assert.deepStrictEqual(yield* stepOf("287082", step + away), Option.none())
      }))

    it.effect("what is no code of six ASCII digits is no step's, and nothing fails", () =>
      Effect.gen(function*() {
        for (const code of ["", "28708", "2870822", " 287082", "２８７０８２", "28708a", "287082\n", "-87082"]) {
          assert.deepStrictEqual(yield* stepOf(code, 1), Option.none())
        }
      }))

    it.effect("[ASVS 6.5.4] a seed has 160 random bits", () =>
      Effect.gen(function*() {
        const { newSeed } = yield* OneTimeCodes
        const [one, other] = [Redacted.value(yield* newSeed), Redacted.value(yield* newSeed)]
        assert.deepStrictEqual([one.length, other.length], [20, 20])
        assert.notDeepEqual(one, other)
      }))

    it.effect("[ASVS 6.5.4] recovery codes are ten of 120 bits, in letters and digits that nobody confuses", () =>
      Effect.gen(function*() {
        const { newRecoveryCodes } = yield* OneTimeCodes
        const codes = (yield* newRecoveryCodes).map((code) => Redacted.value(code))
        assert.lengthOf(new Set(codes), 10)
        for (const code of codes) assert.match(code, /^([a-z2-7]{6}-){3}[a-z2-7]{6}$/)
      }))

    it.effect("a recovery code is the same however it is typed, and another code is another", () =>
      Effect.gen(function*() {
        const { digestOf } = yield* OneTimeCodes
        const digest = (code: string) => digestOf(Redacted.make(code))
        const one = yield* digest("abcdef-ghijkl-mnopqr-stuvwx")
        for (
          const code of ["ABCDEF GHIJKL MNOPQR STUVWX", "abcdefghijklmnopqrstuvwx", " abcdef-ghijkl-mnopqr-stuvwx\n"]
        ) {
          assert.strictEqual(yield* digest(code), one)
        }
        assert.notStrictEqual(yield* digest("abcdef-ghijkl-mnopqr-stuvwy"), one)
        assert.notInclude(one, "abcdef")
      }))
  })
}
