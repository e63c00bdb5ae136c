/**
 * Signs and verifies tokens, device credentials, answers to challenges, cursors and fingerprints with HMAC-SHA256 (RFC
 * 2104). There is no other algorithm, so a token can't ask for one.
 *
 * A signed string is `<kid>.<payload>.<tag>`. The tag covers the purpose, the kid, the payload and, for a cursor, its
 * list, so a string signed for one use doesn't verify in another (ASVS 9.1.1–9.1.3). Before anything is decoded, the
 * tag is computed over the received characters and compared with the received tag, as text and in constant time (ASVS
 * 11.2.4). So each string has exactly one spelling: padding, another alphabet, loose trailing bits or another letter
 * case are different characters. The kid only selects a key of the ring.
 *
 * Every authenticated request computes a tag, so this uses `node:crypto` rather than `effect/crypto`. With key objects
 * made once, a verification takes 2.4 µs instead of 3.8 (`npm run bench -- --micro`), the comparison is native code
 * that no JIT can shorten, and the keys stay outside the JavaScript heap. For the same reason nothing here opens a
 * span.
 */
import { Array, Brand, Effect, Layer, Option, Redacted } from "effect"
import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto"
import type { KeyObject } from "node:crypto"
import type { AccountId } from "../../domain/model/Account.ts"
import type { ChallengeId, ChallengePurpose } from "../../domain/model/Challenge.ts"
import type { Device, DeviceId } from "../../domain/model/Device.ts"
import type { SessionId } from "../../domain/model/Session.ts"
import { instantDigits, instantOfDigits } from "../../kernel/InstantText.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import type { KeyRing } from "./KeyRing.ts"

export const layer = (ring: KeyRing): Layer.Layer<TokenSigner> =>
  Layer.sync(TokenSigner, () => {
    const keys = Array.map(ring, ({ id, secret }) => ({ id, key: createSecretKey(Redacted.value(secret)) }))
    const current = keys[0]
    // A map, because an object would also have `constructor`.
    const byId = new Map(keys.map(({ id, key }) => [id, key]))

    const sign = (purpose: Purpose, payload: string, context: string): string =>
      `${current.id}.${payload}.${tagOf(current.key, purpose, current.id, payload, context)}`

    /** The payload, if a key of the ring signed the string for this purpose and context. */
    const open = (purpose: Purpose, text: string, context: string): Option.Option<string> => {
      const [, id = "", payload = "", tag] = purpose.spelling.exec(text) ?? []
      if (tag === undefined) return Option.none()
      const key = byId.get(id)
      if (key === undefined) return Option.none()
      const genuine = isSameTag(tagOf(key, purpose, id, payload, context), tag)
      return genuine ? Option.some(payload) : Option.none()
    }

    return TokenSigner.of({
      keyIds: Array.map(keys, ({ id }) => id),

      signSession: (id) =>
        Effect.sync(() => Redacted.make(sign(sessionToken, id.slice(PREFIX.length), ""), { label: "SessionToken" })),

      verifySession: (token) =>
        Effect.sync(() =>
          Option.map(open(sessionToken, Redacted.value(token), ""), (digits) => sessionId(`${PREFIX}${digits}`))
        ),

      signDevice: (device) =>
        Effect.sync(() =>
          Redacted.make(sign(deviceCredential, devicePayload(device), ""), { label: "DeviceCredential" })
        ),

      verifyDevice: (credential) =>
        Effect.sync(() => Option.map(open(deviceCredential, Redacted.value(credential), ""), deviceOf)),

      signChallenge: (purpose, id) =>
        Effect.sync(() => ({
          code: Redacted.make(codeOf(current, purpose, id), { label: "ChallengeCode" }),
          token: Redacted.make(sign(challengeToken, "", `${purpose}\0${id}`), { label: "ChallengeToken" })
        })),

      // Every key is tried, so the time doesn't show which one it was.
      verifyChallenge: (purpose, id, answer) =>
        Effect.sync(() => {
          if (answer._tag === "Token") {
            return Option.isSome(open(challengeToken, Redacted.value(answer.token), `${purpose}\0${id}`))
          }
          const code = Redacted.value(answer.code)
          return eightDigits.test(code) && keys.map((key) => isSameTag(codeOf(key, purpose, id), code)).includes(true)
        }),

      signCursor: (list, position) =>
        Effect.sync(() => sign(listCursor, Buffer.from(position).toString("base64url"), list)),

      verifyCursor: (list, cursor) =>
        Effect.sync(() =>
          Option.map(open(listCursor, cursor, list), (payload) => Buffer.from(payload, "base64url").toString())
        ),

      signFingerprint: (purpose, text) => Effect.sync(() => sign(fingerprint, "", `${purpose}\0${text}`)),

      verifyFingerprint: (purpose, text, presented) =>
        Effect.sync(() => Option.isSome(open(fingerprint, presented, `${purpose}\0${text}`)))
    })
  })

const PREFIX = "ses_"

// The tag has proved that these digits were a session id's when they were signed.
const sessionId = Brand.nominal<SessionId>()

const DIGITS = 25

const devicePayload = ({ accountId, id, signedInAt }: Device): string =>
  accountId.slice("acct_".length) + id.slice("dev_".length) + instantDigits(signedInAt)

// Like the digits of a session id, these were a device's when they were signed.
const deviceOf = (payload: string): Device => ({
  accountId: accountId(`acct_${payload.slice(0, DIGITS)}`),
  id: deviceId(`dev_${payload.slice(DIGITS, 2 * DIGITS)}`),
  signedInAt: instantOfDigits(payload.slice(2 * DIGITS))
})

const accountId = Brand.nominal<AccountId>()
const deviceId = Brand.nominal<DeviceId>()

interface Purpose {
  /** The first part of every signed message. Changes whenever the meaning of the rest does. */
  readonly name: string
  /** Kid, payload and tag. No class contains the separator, so matching takes linear time. */
  readonly spelling: RegExp
}

const sessionToken: Purpose = {
  name: "identity session token v1",
  spelling: /^([a-z0-9-]{1,32})\.([a-z0-9]{25})\.([A-Za-z0-9_-]{43})$/
}

const deviceCredential: Purpose = {
  name: "identity device credential v1",
  spelling: /^([a-z0-9-]{1,32})\.([a-z0-9]{59})\.([A-Za-z0-9_-]{43})$/
}

const listCursor: Purpose = {
  name: "identity list cursor v1",
  spelling: /^([a-z0-9-]{1,32})\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]{43})$/
}

/** The token contains only the tag. The challenge that it answers is named beside it. */
const challengeToken: Purpose = {
  name: "identity challenge token v1",
  spelling: /^([a-z0-9-]{1,32})\.()\.([A-Za-z0-9_-]{43})$/
}

const eightDigits = /^[0-9]{8}$/

interface NamedKey {
  readonly id: string
  readonly key: KeyObject
}

/** 64 bits of a tag are enough to make all codes equally likely, up to one part in 10^11. */
const codeOf = ({ id, key }: NamedKey, purpose: ChallengePurpose, challenge: ChallengeId): string => {
  const message = `identity challenge code v1\0${id}\0\0${purpose}\0${challenge}`
  const number = createHmac("sha256", key).update(message).digest().readBigUInt64BE()
  return String(number % 100_000_000n).padStart(8, "0")
}

/** A fingerprint contains only the tag, nothing of the text. */
const fingerprint: Purpose = {
  name: "identity request fingerprint v1",
  spelling: /^([a-z0-9-]{1,32})\.()\.([A-Za-z0-9_-]{43})$/
}

/** Only the context, which comes last, may contain the separator, so different messages never become the same text. */
const tagOf = (key: KeyObject, purpose: Purpose, id: string, payload: string, context: string): string =>
  createHmac("sha256", key).update(`${purpose.name}\0${id}\0${payload}\0${context}`).digest("base64url")

const isSameTag = (expected: string, presented: string): boolean =>
  timingSafeEqual(Buffer.from(expected, "latin1"), Buffer.from(presented, "latin1"))
