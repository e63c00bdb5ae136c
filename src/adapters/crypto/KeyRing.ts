/**
 * The keys of tokens and cursors, as an operator writes them: `kid:base64url,kid:base64url`.
 *
 * The first signs, all verify. Keys must be random and have at least 256 bits, because anybody who knows or guesses a
 * key can forge tokens (ASVS 11.1.1, 13.3.1). Messages name a key by its place in the list and quote nothing: even the
 * part before the colon may be a key that was pasted without its name.
 */
import { Array, DateTime, Duration, Effect, Option, Redacted, Result, Schema, SchemaGetter, SchemaIssue } from "effect"
import { SecureRandom } from "effect/crypto"
import { ok, warning } from "../../kernel/Finding.ts"
import type { Finding } from "../../kernel/Finding.ts"

/** A key and its name. The name isn't secret; every token that the key signs contains it. */
const SigningKey = Schema.Struct({ id: Schema.String, secret: Schema.Redacted(Schema.Uint8Array) })
export type SigningKey = typeof SigningKey.Type

const Keys = Schema.NonEmptyArray(SigningKey)
export type KeyRing = typeof Keys.Type

/** At least one key; the first signs. A ring is read from its written form and never written back. */
export const KeyRing = Schema.String.pipe(
  Schema.decodeTo(Keys, {
    decode: SchemaGetter.transformEffect((text: string) =>
      Result.match(readRing(text), {
        onSuccess: Effect.succeed,
        // The issue doesn't contain its input, so no error text can show a key.
        onFailure: (message) => Effect.fail(new SchemaIssue.InvalidValue({ message }))
      })
    ),
    encode: SchemaGetter.forbidden<string, KeyRing>(() => "signing keys are not written back")
  })
)

/** An HMAC-SHA256 key shorter than its tag is the weaker of the two (RFC 2104 §3). */
const KEY_LENGTH_MIN = 32

/** A fresh random key as text. Its id begins with the date, so that its age can be seen later. */
export const generateSigningKey = Effect.gen(function*() {
  const random = yield* SecureRandom.SecureRandom
  const day = DateTime.formatIsoDateUtc(yield* DateTime.now).replaceAll("-", "")
  const suffix = (yield* random.intBetween(0, 36 ** 6, { halfOpen: true })).toString(36).padStart(6, "0")
  const secret = Buffer.from(yield* random.randomBytes(KEY_LENGTH_MIN))
  return Redacted.make(`k${day}-${suffix}:${secret.toString("base64url")}`, { label: "SigningKey" })
})

/** Whether the texts of two rings have a secret in common. */
export const shareSecret = (one: string | undefined, other: string | undefined): boolean => {
  const secrets = secretsIn(other)
  return secretsIn(one).some((secret) => secrets.includes(secret))
}

const secretsIn = (ring: string | undefined): ReadonlyArray<string> =>
  (ring ?? "").split(",").flatMap((entry) => entry.trim().split(":")[1] ?? [])

const dated = /^k(\d{4})(\d{2})(\d{2})-/

const dayOf = (id: string): Option.Option<DateTime.Utc> =>
  Option.flatMap(
    Option.fromNullishOr(dated.exec(id)),
    ([, year, month, day]) => Option.map(DateTime.make(`${year}-${month}-${day}`), DateTime.toUtc)
  )

/** How long a key may sign or seal, as `docs/guides/keys.md` advises. */
const AGE_MAX = Duration.days(366)

const DEEDS = { "signing-key": "signs", "encryption-key": "seals second factors" } as const

/**
 * Checks the age of the key that signs or seals by the date in its id or, without one, by `writtenAt`, when its file
 * was written. Reading the ring has checked its strength.
 */
export const judgeAge = (
  name: keyof typeof DEEDS,
  [{ id }, ...others]: KeyRing,
  now: DateTime.Utc,
  writtenAt?: DateTime.Utc
): Finding => {
  const count = `${others.length + 1} ${others.length === 0 ? "key" : "keys"} of ${KEY_LENGTH_MIN * 8} bits or more.`
  const madeAt = Option.getOrElse(dayOf(id), () => writtenAt)
  if (madeAt === undefined) return ok("keys", `${count} The age of ${id}, which ${DEEDS[name]}, is not known.`)
  const detail = `${count} ${id}, which ${DEEDS[name]}, was made on ${DateTime.formatIsoDateUtc(madeAt)}.`
  return Duration.isLessThanOrEqualTo(DateTime.distance(madeAt, now), AGE_MAX)
    ? ok("keys", detail)
    : warning("keys", detail, "Replace it by a fresh one: docs/guides/keys.md has the steps.")
}

const readRing = (text: string): Result.Result<KeyRing, string> => {
  if (text.trim() === "") return Result.fail("must name at least one key, written kid:base64url")
  const read = text.split(",").map((entry) => readKey(entry.trim()))
  const problems = read.flatMap((key, index) => Result.isFailure(key) ? [`key ${index + 1} ${key.failure}`] : [])
  const keys = Array.getSuccesses(read)
  if (Array.isReadonlyArrayNonEmpty(problems)) return Result.fail(problems.join("; "))
  const repetitions = keys.flatMap((key, index) => repetition(keys.slice(0, index), key, index + 1))
  return Array.isArrayNonEmpty(keys) && repetitions.length === 0
    ? Result.succeed(keys)
    : Result.fail(repetitions.join("; "))
}

const written = /^([a-z0-9][a-z0-9-]{0,31}):(.*)$/s

const readKey = (entry: string): Result.Result<SigningKey, string> => {
  const [, id, encoded] = written.exec(entry) ?? []
  if (id === undefined || encoded === undefined) {
    return Result.fail("must be written kid:base64url with a kid of 1 to 32 letters a-z, digits or hyphens")
  }
  const bytes = Buffer.from(encoded, "base64url")
  // Node decodes any text. Only the canonical spelling is the same after encoding it again.
  if (bytes.toString("base64url") !== encoded) return Result.fail("must be base64url without padding")
  if (bytes.length < KEY_LENGTH_MIN) return Result.fail(`must have at least ${KEY_LENGTH_MIN} bytes`)
  if (isPattern(bytes) || isExample(bytes, encoded)) {
    return Result.fail("must be random, no pattern and no example, as `identity generate-signing-key` prints it")
  }
  return Result.succeed({ id, secret: Redacted.make(Uint8Array.from(bytes), { label: "SigningKey" }) })
}

/** A random key of 32 bytes has fewer different bytes less than once in 10^24. */
const DIFFERENT_BYTES_MIN = 12

/**
 * Whether the bytes have a constant step (all the same, or counting), repeat a beginning, or have few different values.
 */
const isPattern = (bytes: Buffer): boolean => {
  // The steps are bytes too, so from 255 to 0 is one step up.
  const steps = new Set(bytes.subarray(1).map((byte, index) => byte - (bytes[index] ?? 0)))
  const repeats = Array.range(1, Math.floor(bytes.length / 2)).some((period) =>
    bytes.subarray(period).equals(bytes.subarray(0, bytes.length - period))
  )
  return steps.size === 1 || repeats || new Set(bytes).size < DIFFERENT_BYTES_MIN
}

// Words of seven letters or more. A random key contains one less than once in a hundred million.
const exampleWord = /changeme|change-me|change_me|example|default|password|insecure|test[ _-]vector|signing[ _-]?key/

/** Whether the key is a text from a keyboard or a manual, plain or encoded. */
const isExample = (bytes: Buffer, encoded: string): boolean =>
  exampleWord.test(bytes.toString("latin1").toLowerCase()) || exampleWord.test(encoded.toLowerCase())

const repetition = (earlier: ReadonlyArray<SigningKey>, key: SigningKey, place: number): ReadonlyArray<string> => {
  const sameId = earlier.findIndex(({ id }) => id === key.id)
  const sameSecret = earlier.findIndex(({ secret }) =>
    Buffer.compare(Redacted.value(secret), Redacted.value(key.secret)) === 0
  )
  return [
    ...(sameId < 0 ? [] : [`key ${place} has the kid of key ${sameId + 1}`]),
    ...(sameSecret < 0 ? [] : [`key ${place} is key ${sameSecret + 1} again`])
  ]
}
