/**
 * Codes of authenticator applications by RFC 6238 and RFC 4226, and recovery codes.
 *
 * `node:crypto` computes the HMAC at once. The libraries for these eight lines throw at mistyped codes.
 */
import { Array, Effect, Layer, Option, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { createHash, createHmac, timingSafeEqual } from "node:crypto"
import { base32 } from "../../kernel/Base32.ts"
import { OneTimeCodes } from "../../ports/OneTimeCodes.ts"

export const layer: Layer.Layer<OneTimeCodes, never, SecureRandom.SecureRandom> = Layer.effect(
  OneTimeCodes,
  Effect.gen(function*() {
    const random = yield* SecureRandom.SecureRandom
    const recoveryCode = Effect.map(
      random.randomBytes(RECOVERY_CODE_LENGTH),
      (bytes) => Redacted.make(inGroups(base32(bytes).toLowerCase()), { label: "RecoveryCode" })
    )
    return OneTimeCodes.of({
      newSeed: Effect.map(random.randomBytes(SEED_LENGTH), (bytes) => Redacted.make(bytes, { label: "TotpSeed" })),

      // Every step is tried, so the time doesn't show which one it was.
      stepOf: (seed, code, currentStep) =>
        Effect.sync(() => {
          const presented = Redacted.value(code)
          if (!sixDigits.test(presented)) return Option.none()
          const steps = [currentStep, currentStep - 1, currentStep + 1]
          const isRight = steps.map((step) => isSame(totp(Redacted.value(seed), step), presented))
          return Option.fromUndefinedOr(steps.find((_, index) => isRight[index]))
        }),

      newRecoveryCodes: Effect.all(Array.replicate(recoveryCode, RECOVERY_CODES)),

      digestOf: (code) =>
        Effect.sync(() => {
          const folded = Redacted.value(code).replaceAll(/[\s-]/g, "").toLowerCase()
          return createHash("sha256").update(`identity recovery code v1\0${folded}`, "utf8").digest("base64url")
        })
    })
  })
)

const SEED_LENGTH = 20

const RECOVERY_CODES = 10

const RECOVERY_CODE_LENGTH = 15

const sixDigits = /^[0-9]{6}$/

/** HOTP's dynamic truncation (RFC 4226 §5.3) of a step's HMAC. */
export const totp = (seed: Uint8Array, step: number): string => {
  const counter = Buffer.alloc(8)
  counter.writeBigInt64BE(BigInt(step))
  const mac = createHmac("sha1", seed).update(counter).digest()
  const offset = mac.readUInt8(mac.length - 1) & 0xf
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0")
}

const isSame = (expected: string, presented: string): boolean =>
  timingSafeEqual(Buffer.from(expected, "latin1"), Buffer.from(presented, "latin1"))

const inGroups = (text: string): string => (text.match(/.{1,6}/g) ?? []).join("-")
