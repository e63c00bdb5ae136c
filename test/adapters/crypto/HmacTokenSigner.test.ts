import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import { createHmac } from "node:crypto"
import * as HmacTokenSigner from "../../../src/adapters/crypto/HmacTokenSigner.ts"
import { SessionId } from "../../../src/domain/model/Session.ts"
import { TokenSigner } from "../../../src/ports/TokenSigner.ts"
import { tokenSignerContract } from "../../contracts/TokenSignerContract.ts"
import { aSigningKey, NEW_KEY, OLD_KEY } from "../../support/signing-keys.ts"

tokenSignerContract("HMAC", {
  before: HmacTokenSigner.layer([OLD_KEY]),
  during: HmacTokenSigner.layer([NEW_KEY, OLD_KEY]),
  after: HmacTokenSigner.layer([NEW_KEY])
})

const ID = SessionId.make("ses_3w5e11264sgsf0000000r7x2k")
const DIGITS = ID.slice(4)
const OTHER_DIGITS = "0000000000000000000000000"

const tagOf = (message: string, key = OLD_KEY): string =>
  createHmac("sha256", Redacted.value(key.secret)).update(message).digest("base64url")

const verify = (...texts: ReadonlyArray<string>) =>
  TokenSigner.use((signer) => Effect.forEach(texts, (text) => signer.verifySession(Redacted.make(text)))).pipe(
    Effect.provide(HmacTokenSigner.layer([OLD_KEY, NEW_KEY]))
  )

const refused = Effect.fnUntraced(function*(...texts: ReadonlyArray<string>) {
  assert.deepStrictEqual(yield* verify(...texts), texts.map(() => Option.none()))
})

const TAG = tagOf(`identity session token v1\0old\0${DIGITS}\0`)

describe("HMAC tokens", () => {
  it.effect("a token is kid, digits of the session and HMAC-SHA256 over purpose, kid and digits", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* verify(`old.${DIGITS}.${TAG}`), [Option.some(ID)])
    }))

  it.effect("the longest kid leaves a token below 128 characters", () =>
    Effect.gen(function*() {
      const signer = yield* TokenSigner
      const token = yield* signer.signSession(ID)
      assert.strictEqual(Redacted.value(token).length, 32 + 1 + 25 + 1 + 43)
      assert.deepStrictEqual(yield* signer.verifySession(token), Option.some(ID))
    }).pipe(Effect.provide(HmacTokenSigner.layer([{ ...OLD_KEY, id: "k".repeat(32) }]))))

  it.effect("[ASVS 9.1.1] a stripped, empty, short or long tag is refused", () =>
    refused(
      `old.${DIGITS}`,
      `old.${DIGITS}.`,
      `old.${DIGITS}.${TAG.slice(1)}`,
      `old.${DIGITS}.${TAG.slice(0, -1)}`,
      `old.${DIGITS}.${TAG}${TAG}`,
      `old.${DIGITS}.${"A".repeat(43)}`,
      `old.${DIGITS}.${"0".repeat(43)}`
    ))

  it.effect("[ASVS 9.1.1] the tag of one session does not serve another", () =>
    refused(
      `old.${OTHER_DIGITS}.${TAG}`,
      `old.${DIGITS}.${tagOf(`identity session token v1\0old\0${OTHER_DIGITS}\0`)}`
    ))

  it.effect("[ASVS 9.1.2] a tag over other words, or by another algorithm, is refused", () =>
    refused(
      `old.${DIGITS}.${tagOf(DIGITS)}`,
      `old.${DIGITS}.${tagOf(`old.${DIGITS}`)}`,
      `old.${DIGITS}.${tagOf(`identity session token v0\0old\0${DIGITS}\0`)}`,
      `old.${DIGITS}.${tagOf(`identity list cursor v1\0old\0${DIGITS}\0`)}`,
      `old.${DIGITS}.${
        createHmac("sha512-256", Redacted.value(OLD_KEY.secret)).update(`identity session token v1\0old\0${DIGITS}\0`)
          .digest("base64url")
      }`
    ))

  it.effect("[ASVS 9.1.3] the kid only picks a key: renamed, borrowed and odd ones are refused", () =>
    refused(
      `new-2.${DIGITS}.${TAG}`,
      `old.${DIGITS}.${tagOf(`identity session token v1\0old\0${DIGITS}\0`, NEW_KEY)}`,
      `old.${DIGITS}.${tagOf(`identity session token v1\0new-2\0${DIGITS}\0`)}`,
      `Old.${DIGITS}.${TAG}`,
      `.${DIGITS}.${TAG}`,
      `0.${DIGITS}.${TAG}`,
      `constructor.${DIGITS}.${TAG}`,
      `__proto__.${DIGITS}.${TAG}`,
      `old\0.${DIGITS}.${TAG}`,
      `../old.${DIGITS}.${TAG}`,
      `${"k".repeat(10_000)}.${DIGITS}.${TAG}`
    ))

  it.effect("[ASVS 9.1.3] a key by the name of a property that every object has is no key", () =>
    Effect.gen(function*() {
      const signer = yield* TokenSigner
      for (const id of ["constructor", "toString", "valueOf"]) {
        assert.deepStrictEqual(yield* signer.verifySession(Redacted.make(`${id}.${DIGITS}.${TAG}`)), Option.none())
      }
    }).pipe(Effect.provide(HmacTokenSigner.layer([OLD_KEY]))))

  it.effect("two keys with one name in different rings do not verify each other's tokens", () =>
    Effect.gen(function*() {
      const token = yield* TokenSigner.use((signer) => signer.signSession(ID)).pipe(
        Effect.provide(HmacTokenSigner.layer([aSigningKey("old", "11".repeat(32))]))
      )
      assert.deepStrictEqual(yield* verify(Redacted.value(token)), [Option.none()])
    }))
})
