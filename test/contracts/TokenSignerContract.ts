/**
 * The contract of token signers. Each sentence in the port's documentation has a test here.
 *
 * The signers have different rings of the same two keys: `before` a rotation only the old one, `during` it the new one
 * in front of the old one, and `after` it only the new one.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted, Schema } from "effect"
import type { Layer } from "effect"
import { SessionId } from "../../src/domain/model/Session.ts"
import { WellFormedText } from "../../src/domain/model/UnicodeText.ts"
import { TokenSigner } from "../../src/ports/TokenSigner.ts"
import { bitFlips, fragments, lastCharacters, otherSpellings } from "../support/forgeries.ts"
import { challengePromises, challengeRotationPromises } from "./token-signer/challenges.ts"
import { DEVICE, devicePromises } from "./token-signer/devices.ts"
import type { UseSigner } from "./token-signer/devices.ts"

export interface RotatingSigners {
  readonly before: Layer.Layer<TokenSigner>
  readonly during: Layer.Layer<TokenSigner>
  readonly after: Layer.Layer<TokenSigner>
}

const ID = SessionId.make("ses_3w5e11264sgsf0000000r7x2k")
const OTHER_ID = SessionId.make("ses_0000000000000000000000000")
const LIST = JSON.stringify(["sessions", "acct_03ha9bmyzdi9cr25ikwig99xz"])
const POSITION = JSON.stringify({ name: "Zoë 🦉", id: ID })

export const tokenSignerContract = (name: string, signers: RotatingSigners): void => {
  describe(`${name} token signer`, () => {
    const use = <A>(f: (signer: TokenSigner["Service"]) => Effect.Effect<A>) =>
      TokenSigner.use(f).pipe(Effect.provide(signers.before))
    tokenPromises(use)
    devicePromises(use)
    cursorPromises(use)
    challengePromises(use)
    rotationPromises(signers)
    challengeRotationPromises(signers)
  })
}

const accepted = Effect.fnUntraced(function*(signer: TokenSigner["Service"], forgeries: ReadonlyArray<string>) {
  const answers = yield* Effect.forEach(forgeries, (text) => signer.verifySession(Redacted.make(text)))
  return forgeries.filter((_, index) => Option.isSome(answers[index] ?? Option.none()))
})

const acceptedCursors = Effect.fnUntraced(function*(signer: TokenSigner["Service"], forgeries: ReadonlyArray<string>) {
  const answers = yield* Effect.forEach(forgeries, (text) => signer.verifyCursor(LIST, text))
  return forgeries.filter((_, index) => Option.isSome(answers[index] ?? Option.none()))
})

const between = (minimum: number, maximum: number) =>
  Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum, maximum })))

const Place = between(0, 127)
const Bit = between(0, 7)

const tokenPromises = (use: UseSigner): void => {
  it.effect("a signed token names its session", () =>
    use(Effect.fnUntraced(function*(signer) {
      const token = yield* signer.signSession(ID)
      assert.deepStrictEqual(yield* signer.verifySession(token), Option.some(ID))
    })))

  it.effect("a token is URL-safe and at most 128 characters long", () =>
    use(Effect.fnUntraced(function*(signer) {
      assert.match(Redacted.value(yield* signer.signSession(ID)), /^[A-Za-z0-9._~-]{1,128}$/)
    })))

  it.effect("the same session gets the same token again, another session another one", () =>
    use(Effect.fnUntraced(function*(signer) {
      const token = Redacted.value(yield* signer.signSession(ID))
      assert.strictEqual(Redacted.value(yield* signer.signSession(ID)), token)
      assert.notStrictEqual(Redacted.value(yield* signer.signSession(OTHER_ID)), token)
    })))

  it.effect("a token does not show when it is printed", () =>
    use(Effect.fnUntraced(function*(signer) {
      const token = yield* signer.signSession(ID)
      assert.notInclude(`${String(token)} ${JSON.stringify(token)}`, Redacted.value(token))
    })))

  it.effect("[ASVS 9.1.1] a token with any one bit flipped is refused", () =>
    use(Effect.fnUntraced(function*(signer) {
      const token = Redacted.value(yield* signer.signSession(ID))
      assert.deepStrictEqual(yield* accepted(signer, bitFlips(token)), [])
    })))

  it.effect.prop(
    "[ASVS 9.1.1] the token of every session names it, and no other bit of it may differ",
    { id: SessionId, place: Place, bit: Bit },
    ({ bit, id, place }) =>
      use(Effect.fnUntraced(function*(signer) {
        const token = Redacted.value(yield* signer.signSession(id))
        assert.deepStrictEqual(yield* signer.verifySession(Redacted.make(token)), Option.some(id))
        const flips = bitFlips(token)
        const flipped = flips[(place * 8 + bit) % flips.length] ?? ""
        assert.deepStrictEqual(yield* signer.verifySession(Redacted.make(flipped)), Option.none())
      }))
  )

  it.effect("[ASVS 9.1.1] every other spelling of a token is refused, loose trailing bits included", () =>
    use(Effect.fnUntraced(function*(signer) {
      const token = Redacted.value(yield* signer.signSession(ID))
      assert.deepStrictEqual(yield* accepted(signer, [...otherSpellings(token), ...lastCharacters(token)]), [])
    })))

  it.effect("[ASVS 9.1.1] no part of a token is accepted", () =>
    use(Effect.fnUntraced(function*(signer) {
      const token = Redacted.value(yield* signer.signSession(ID))
      assert.deepStrictEqual(yield* accepted(signer, fragments(token)), [])
    })))

  it.effect.prop(
    "[ASVS 9.1.1] no text that was not signed is accepted",
    { text: Schema.String },
    ({ text }) =>
      use(Effect.fnUntraced(function*(signer) {
        assert.deepStrictEqual(yield* signer.verifySession(Redacted.make(text)), Option.none())
      }))
  )

  it.effect("a text of a million characters is refused like any other", () =>
    use(Effect.fnUntraced(function*(signer) {
      const token = Redacted.value(yield* signer.signSession(ID))
      const long = "a".repeat(1_000_000)
      assert.deepStrictEqual(
        yield* accepted(signer, [long, `${long}.${token}`, token + long, ".".repeat(1_000_000)]),
        []
      )
    })))
}

const cursorPromises = (use: UseSigner): void => {
  it.effect("a cursor carries its position", () =>
    use(Effect.fnUntraced(function*(signer) {
      const cursor = yield* signer.signCursor(LIST, POSITION)
      assert.deepStrictEqual(yield* signer.verifyCursor(LIST, cursor), Option.some(POSITION))
    })))

  it.effect.prop("every position and list survives the way there and back", {
    list: WellFormedText,
    position: WellFormedText
  }, (given) =>
    use(Effect.fnUntraced(function*(signer) {
      const cursor = yield* signer.signCursor(given.list, given.position)
      assert.match(cursor, /^[A-Za-z0-9._~-]+$/)
      assert.deepStrictEqual(yield* signer.verifyCursor(given.list, cursor), Option.some(given.position))
    })))

  it.effect("a cursor of one list is refused by another one", () =>
    use(Effect.fnUntraced(function*(signer) {
      const cursor = yield* signer.signCursor(LIST, POSITION)
      const others = ["", `${LIST} `, LIST.toUpperCase(), `${LIST}\0`, JSON.stringify(["accounts", null, null])]
      const answers = yield* Effect.forEach(others, (list) => signer.verifyCursor(list, cursor))
      assert.deepStrictEqual(answers, others.map(() => Option.none()))
    })))

  it.effect("what is moved from the position to the name of the list or back does not verify", () =>
    use(Effect.fnUntraced(function*(signer) {
      const cursor = yield* signer.signCursor("ab", "cd")
      const other = yield* signer.signCursor("a", "bcd")
      const mixed = other.slice(0, other.lastIndexOf(".")) + cursor.slice(cursor.lastIndexOf("."))
      assert.deepStrictEqual(yield* signer.verifyCursor("a", mixed), Option.none())
      assert.deepStrictEqual(yield* signer.verifyCursor("ab", mixed), Option.none())
    })))

  it.effect("a cursor with any one bit flipped, or spelled otherwise, is refused", () =>
    use(Effect.fnUntraced(function*(signer) {
      const cursor = yield* signer.signCursor(LIST, POSITION)
      const forgeries = [
        ...bitFlips(cursor),
        ...otherSpellings(cursor),
        ...lastCharacters(cursor),
        ...fragments(cursor)
      ]
      assert.deepStrictEqual(yield* acceptedCursors(signer, forgeries), [])
    })))

  it.effect("[ASVS 9.1.2] a cursor is no token and a token no cursor", () =>
    use(Effect.fnUntraced(function*(signer) {
      const token = Redacted.value(yield* signer.signSession(ID))
      const cursors = yield* Effect.forEach([ID, ID.slice(4), token], (text) => signer.signCursor("", text))
      assert.deepStrictEqual(yield* accepted(signer, cursors), [])
      const lists = ["", LIST, ID, "session"]
      const answers = yield* Effect.forEach(lists, (list) => signer.verifyCursor(list, token))
      assert.deepStrictEqual(answers, lists.map(() => Option.none()))
    })))

  it.effect("[ASVS 9.1.2] a fingerprint is no token, and neither a token nor a cursor a fingerprint", () =>
    use(Effect.fnUntraced(function*(signer) {
      const token = Redacted.value(yield* signer.signSession(ID))
      const cursor = yield* signer.signCursor(LIST, POSITION)
      const purposes = [["", ID.slice(4)], ["session", ID], [LIST, POSITION]] as const
      for (const [purpose, text] of purposes) {
        const fingerprint = yield* signer.signFingerprint(purpose, text)
        const [kid = ""] = fingerprint.split(".")
        const tag = fingerprint.slice(fingerprint.lastIndexOf(".") + 1)
        assert.deepStrictEqual(yield* accepted(signer, [fingerprint, `${kid}.${ID.slice(4)}.${tag}`]), [])
        assert.deepStrictEqual(yield* acceptedCursors(signer, [fingerprint]), [])
        for (const other of [token, cursor]) assert.isFalse(yield* signer.verifyFingerprint(purpose, text, other))
      }
    })))
}

const rotationPromises = ({ after, before, during }: RotatingSigners): void => {
  const sign = (signer: Layer.Layer<TokenSigner>) =>
    TokenSigner.use((service) =>
      Effect.all([service.signSession(ID), service.signCursor(LIST, POSITION), service.signDevice(DEVICE)])
    ).pipe(
      Effect.provide(signer)
    )
  const verify = (
    signer: Layer.Layer<TokenSigner>,
    [token, cursor, device]: readonly [Redacted.Redacted<string>, string, Redacted.Redacted<string>]
  ) =>
    TokenSigner.use((service) =>
      Effect.all([
        service.verifySession(token),
        service.verifyCursor(LIST, cursor),
        service.verifyDevice(device)
      ])
    ).pipe(
      Effect.provide(signer)
    )

  it.effect("[ASVS 11.1.1] a key put in front leaves what the old one signed valid, and signs from then on", () =>
    Effect.gen(function*() {
      const old = yield* sign(before)
      const fresh = yield* sign(during)
      assert.deepStrictEqual(yield* verify(during, old), [Option.some(ID), Option.some(POSITION), Option.some(DEVICE)])
      assert.deepStrictEqual(yield* verify(during, fresh), [
        Option.some(ID),
        Option.some(POSITION),
        Option.some(DEVICE)
      ])
      assert.deepStrictEqual(yield* verify(after, fresh), [Option.some(ID), Option.some(POSITION), Option.some(DEVICE)])
      assert.notStrictEqual(Redacted.value(fresh[0]), Redacted.value(old[0]))
    }))

  it.effect("[ASVS 9.1.3] what an unknown or retired key signed is refused", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* verify(after, yield* sign(before)), [Option.none(), Option.none(), Option.none()])
      assert.deepStrictEqual(yield* verify(before, yield* sign(during)), [Option.none(), Option.none(), Option.none()])
    }))
}
