import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import type { Layer } from "effect"
import { ChallengeId, ChallengePurpose } from "../../../src/domain/model/Challenge.ts"
import type { ChallengeAnswer } from "../../../src/domain/model/Challenge.ts"
import { TokenSigner } from "../../../src/ports/TokenSigner.ts"
import { bitFlips, fragments, lastCharacters, otherSpellings } from "../../support/forgeries.ts"
import type { UseSigner } from "./devices.ts"

const ID = ChallengeId.make("chl_3w5e11264sgsf0000000r7x2k")
const OTHER_ID = ChallengeId.make("chl_3w5e11264sgsf0000000r7x2l")

type Rotation = Readonly<Record<"after" | "before" | "during", Layer.Layer<TokenSigner>>>

const byCode = (code: string): ChallengeAnswer => ({ _tag: "Code", code: Redacted.make(code) })
const byToken = (token: string): ChallengeAnswer => ({ _tag: "Token", token: Redacted.make(token) })

const secretsOf = Effect.fnUntraced(function*(
  signer: TokenSigner["Service"],
  purpose: ChallengePurpose = "recovery",
  id = ID
) {
  const { code, token } = yield* signer.signChallenge(purpose, id)
  return { code: Redacted.value(code), token: Redacted.value(token) }
})

/** Which of these answer the challenge. */
const accepted = Effect.fnUntraced(function*(
  signer: TokenSigner["Service"],
  answers: ReadonlyArray<ChallengeAnswer>
) {
  const verdicts = yield* Effect.forEach(answers, (answer) => signer.verifyChallenge("recovery", ID, answer))
  return answers.filter((_, index) => verdicts[index])
})

export const challengePromises = (use: UseSigner): void => {
  it.effect.each(ChallengePurpose.literals)(
    "a challenge of %s is answered by its code and by its token",
    (purpose) =>
      use(Effect.fnUntraced(function*(signer) {
        const { code, token } = yield* secretsOf(signer, purpose)
        assert.match(code, /^[0-9]{8}$/)
        assert.match(token, /^[A-Za-z0-9._~-]{22,128}$/)
        assert.isTrue(yield* signer.verifyChallenge(purpose, ID, byCode(code)))
        assert.isTrue(yield* signer.verifyChallenge(purpose, ID, byToken(token)))
      }))
  )

  it.effect("the same challenge has the same secrets again", () =>
    use(Effect.fnUntraced(function*(signer) {
      assert.deepStrictEqual(yield* secretsOf(signer), yield* secretsOf(signer))
    })))

  it.effect("[ASVS 6.5.1, 6.6.2] what answers a challenge answers no other, of another id or purpose", () =>
    use(Effect.fnUntraced(function*(signer) {
      const others = [
        yield* secretsOf(signer, "recovery", OTHER_ID),
        ...yield* Effect.forEach(
          ChallengePurpose.literals.filter((purpose) => purpose !== "recovery"),
          (purpose) => secretsOf(signer, purpose)
        )
      ]
      const answers = others.flatMap(({ code, token }) => [byCode(code), byToken(token)])
      assert.deepStrictEqual(yield* accepted(signer, answers), [])
    })))

  it.effect("[ASVS 9.1.1] a token of a challenge with any one bit flipped, or spelled otherwise, answers nothing", () =>
    use(Effect.fnUntraced(function*(signer) {
      const { code, token } = yield* secretsOf(signer)
      const forgeries = [
        ...bitFlips(token),
        ...otherSpellings(token),
        ...lastCharacters(token),
        ...fragments(token),
        "",
        code,
        "a".repeat(100_000)
      ]
      assert.deepStrictEqual(yield* accepted(signer, forgeries.map(byToken)), [])
    })))

  it.effect("a code is eight digits and nothing else", () =>
    use(Effect.fnUntraced(function*(signer) {
      const { code, token } = yield* secretsOf(signer)
      const fullWidth = code.replace(/[0-9]/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
      const forgeries = ["", ` ${code}`, `${code} `, `${code}0`, code.slice(1), fullWidth, token, "1".repeat(100_000)]
      assert.deepStrictEqual(yield* accepted(signer, forgeries.map(byCode)), [])
    })))

  it.effect("[ASVS 6.5.4] codes are spread over all of their eight digits", () =>
    use(Effect.fnUntraced(function*(signer) {
      const codes = yield* Effect.forEach(
        Array.from({ length: 2000 }, (_, index) => ChallengeId.make(`chl_${String(index).padStart(25, "0")}`)),
        (id) => Effect.map(secretsOf(signer, "recovery", id), ({ code }) => code)
      )
      assert.isAbove(new Set(codes).size, 1990)
      // Each of ten digits in each place: 200 on average, with a standard deviation of 13.
      for (let place = 0; place < 8; place++) {
        for (let digit = 0; digit < 10; digit++) {
          const count = codes.filter((code) => code[place] === String(digit)).length
          assert.isTrue(count > 100 && count < 300, `${count} codes with ${digit} in place ${place}`)
        }
      }
    })))

  it.effect("the secrets of a challenge do not show when they are printed", () =>
    use(Effect.fnUntraced(function*(signer) {
      const secrets = yield* signer.signChallenge("recovery", ID)
      const printed = `${String(secrets.code)} ${String(secrets.token)} ${JSON.stringify(secrets)}`
      for (const secret of [secrets.code, secrets.token]) assert.notInclude(printed, Redacted.value(secret))
    })))
}

export const challengeRotationPromises = ({ after, before, during }: Rotation): void => {
  const isAnswer = (signer: Layer.Layer<TokenSigner>, answer: ChallengeAnswer) =>
    TokenSigner.use((ring) => ring.verifyChallenge("recovery", ID, answer)).pipe(Effect.provide(signer))

  it.effect("[ASVS 11.1.1] a challenge is answered until the key of its secrets is retired, and not after", () =>
    Effect.gen(function*() {
      const old = yield* TokenSigner.use(secretsOf).pipe(Effect.provide(before))
      const fresh = yield* TokenSigner.use(secretsOf).pipe(Effect.provide(during))
      assert.notStrictEqual(fresh.code, old.code)
      for (const answer of [byCode(old.code), byToken(old.token)]) {
        assert.deepStrictEqual([yield* isAnswer(during, answer), yield* isAnswer(after, answer)], [true, false])
      }
      for (const answer of [byCode(fresh.code), byToken(fresh.token)]) {
        assert.deepStrictEqual([yield* isAnswer(before, answer), yield* isAnswer(after, answer)], [false, true])
      }
    }))
}
