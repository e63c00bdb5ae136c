/**
 * The ceremonies of passkeys: what browsers are asked, and what their answers prove.
 *
 * A challenge is signed for one ceremony of one subject: a new factor, a sign-in that waits for its second factor, a
 * session, or nobody yet. So none answers another, no matter who shows it. Nothing is stored for a question. The use of
 * the passkey names the challenge, and takes effect once.
 */
import { Array, Context, DateTime, Effect, Layer, Metric, Option } from "effect"
import { FactorStore } from "../../ports/FactorStore.ts"
import type { StoredFactor } from "../../ports/FactorStore.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { PasskeyVerifier } from "../../ports/PasskeyVerifier.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { Account } from "../model/Account.ts"
import type { AuthenticationMethod } from "../model/Authentication.ts"
import type { Passkey } from "../model/Factor.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"
import type { PasskeyAssertion, PasskeyRegistration } from "../model/PasskeyAnswers.ts"
import { liveStamp, newStamp } from "../model/PasskeyChallenge.ts"
import type { ChallengeStamp } from "../model/PasskeyChallenge.ts"
import type { PasskeyCreationOptions, PasskeyRequestOptions } from "../model/PasskeyOptions.ts"
import { passkeyCeremonies } from "../telemetry/IdentityMetrics.ts"

/** What a passkey is asked for, and the id of what that is about. */
export interface Ceremony {
  readonly kind: "elevation" | "registration" | "second-factor" | "sign-in"
  /** Empty for a sign-in, which is nobody's before it is answered. */
  readonly subject: string
}

export const SIGN_IN: Ceremony = { kind: "sign-in", subject: "" }

/** A passkey in the state that its authenticator has now shown, and the challenge that it answered. */
export interface ShownPasskey {
  readonly _tag: "Passkey"
  readonly passkey: Passkey
  readonly challenge: ChallengeStamp
}

export class Passkeys extends Context.Service<Passkeys, {
  /** Asks for a new passkey of an account. */
  readonly creationOptions: (
    account: Account,
    ceremony: Ceremony
  ) => Effect.Effect<PasskeyCreationOptions, StoreUnavailable>

  /** Asks for one of the account's passkeys; `None` if it has none. */
  readonly requestOptions: (
    account: Account,
    ceremony: Ceremony
  ) => Effect.Effect<Option.Option<PasskeyRequestOptions>, StoreUnavailable>

  /** Asks for the passkey of the person who is there. */
  readonly signInOptions: Effect.Effect<PasskeyRequestOptions>

  /** The passkey that a browser has made for this ceremony; `None` if the registration isn't genuine or is too late. */
  readonly judgeRegistration: (
    ceremony: Ceremony,
    registration: PasskeyRegistration
  ) => Effect.Effect<Option.Option<ShownPasskey>>

  /** The passkey that was used for this ceremony; `None` if it is none of the account's, not genuine, or too late. */
  readonly judgeAssertion: (
    ceremony: Ceremony,
    assertion: PasskeyAssertion,
    account: Account,
    factors: ReadonlyArray<StoredFactor>
  ) => Effect.Effect<
    Option.Option<{ readonly stored: StoredFactor; readonly by: ShownPasskey }>,
    StoreUnavailable
  >
}>()("identityd/domain/factors/Passkeys") {
  static readonly layer = Layer.effect(
    Passkeys,
    Effect.gen(function*() {
      const store = yield* FactorStore
      const verifier = yield* PasskeyVerifier
      const signer = yield* TokenSigner
      const ids = yield* IdGenerator
      const trail = yield* AuditTrail

      const count = (kind: Ceremony["kind"], outcome: Parameters<typeof passkeyCeremonies>[1]) =>
        Metric.update(passkeyCeremonies(kind, outcome), 1)

      const challengeFor = Effect.fnUntraced(function*(ceremony: Ceremony) {
        yield* count(ceremony.kind, "started")
        return yield* signer.signCursor(nameOf(ceremony), newStamp(yield* DateTime.now, yield* ids.holderId))
      })

      /** The challenge of an answer, if it is one of this ceremony that can still be answered. */
      const ours = Effect.fnUntraced(function*(ceremony: Ceremony, answer: PasskeyAssertion | PasskeyRegistration) {
        const challenge = verifier.challengeOf(answer)
        if (Option.isNone(challenge)) return Option.none()
        const text = yield* signer.verifyCursor(nameOf(ceremony), challenge.value)
        const now = yield* DateTime.now
        return Option.map(
          Option.flatMapNullishOr(text, (stamp) => liveStamp(stamp, now)),
          (stamp) => ({ challenge: challenge.value, stamp })
        )
      })

      const passkeysOf = (account: Account) =>
        Effect.map(
          store.list(account.id),
          (all) =>
            all.flatMap(({ factor: { confirmedAt, passkey } }) =>
              confirmedAt === undefined || passkey === undefined ? [] : [passkey]
            )
        )

      const creationOptions = Effect.fn("Passkeys.creationOptions")(function*(account: Account, ceremony: Ceremony) {
        const existing = yield* passkeysOf(account)
        return yield* verifier.creationOptions({ account, challenge: yield* challengeFor(ceremony), existing })
      })

      const requestOptions = Effect.fn("Passkeys.requestOptions")(function*(account: Account, ceremony: Ceremony) {
        const allowed = yield* passkeysOf(account)
        if (!Array.isReadonlyArrayNonEmpty(allowed)) return Option.none<PasskeyRequestOptions>()
        return Option.some(yield* verifier.requestOptions({ challenge: yield* challengeFor(ceremony), allowed }))
      })

      const signInOptions = Effect.flatMap(
        challengeFor(SIGN_IN),
        (challenge) => verifier.requestOptions({ challenge, allowed: [] })
      )

      const judgeRegistration = Effect.fn("Passkeys.judgeRegistration")(function*(
        ceremony: Ceremony,
        registration: PasskeyRegistration
      ): Effect.fn.Return<Option.Option<ShownPasskey>> {
        const asked = yield* ours(ceremony, registration)
        const passkey = Option.isNone(asked)
          ? Option.none()
          : yield* verifier.verifyRegistration({ challenge: asked.value.challenge, registration })
        yield* count(ceremony.kind, Option.isSome(passkey) ? "succeeded" : "refused")
        return Option.zipWith(
          asked,
          passkey,
          ({ stamp }, shown) => ({ _tag: "Passkey", passkey: shown, challenge: stamp })
        )
      })

      const prove = Effect.fnUntraced(function*(
        ceremony: Ceremony,
        assertion: PasskeyAssertion,
        account: Account,
        factors: ReadonlyArray<StoredFactor>
      ) {
        const asked = yield* ours(ceremony, assertion)
        const stored = factors.find(({ factor }) => factor.passkey?.credentialId === assertion.id)
        const passkey = stored?.factor.passkey
        if (Option.isNone(asked) || stored === undefined || passkey === undefined) return Option.none()
        const { challenge, stamp } = asked.value
        if (stored.answered.includes(stamp)) return Option.none()
        const proved = yield* verifier.verifyAssertion({ account, assertion, challenge, passkey })
        return Option.map(proved, (shown) => ({
          stored,
          isCountBehind: shown.isCountBehind,
          by: { _tag: "Passkey" as const, passkey: shown.passkey, challenge: stamp }
        }))
      })

      const judgeAssertion = Effect.fn("Passkeys.judgeAssertion")(function*(
        ceremony: Ceremony,
        assertion: PasskeyAssertion,
        account: Account,
        factors: ReadonlyArray<StoredFactor>
      ) {
        const proved = yield* prove(ceremony, assertion, account, factors)
        if (Option.isNone(proved)) {
          yield* count(ceremony.kind, "refused")
          return Option.none()
        }
        const { by, isCountBehind, stored } = proved.value
        // Restored backups look the same as copies, so this is reported and keeps nobody out.
        if (isCountBehind) yield* trail.record({ action: "factor.suspected", accountId: account.id })
        yield* count(ceremony.kind, isCountBehind ? "suspected" : "succeeded")
        return Option.some({ stored, by })
      })

      return Passkeys.of({ creationOptions, requestOptions, signInOptions, judgeRegistration, judgeAssertion })
    })
  )
}

/** What the challenges of a ceremony are signed for. */
const nameOf = ({ kind, subject }: Ceremony): string => JSON.stringify(["passkey", kind, subject])

/**
 * What the use of a passkey proves (RFC 8176): a key that only its authenticator has (`hwk`) or that is kept in several
 * places (`swk`), and that somebody was there (`user`). The authenticator has also asked for their PIN or their body,
 * so by itself it is two factors.
 */
export const passkeyMethods = ({ backedUp }: Passkey): ReadonlyArray<AuthenticationMethod> => [
  backedUp ? "swk" : "hwk",
  "user"
]
