/**
 * Asks people with a second factor for it, and judges what they present.
 *
 * Somebody who has proved one factor gets no session of any kind, but a challenge that only the second factor answers.
 * It counts tries, expires and depends on the account's credentials as other challenges do (ASVS 6.3.3).
 */
import { Context, DateTime, Effect, Layer, Metric, Option } from "effect"
import { ChallengeStore } from "../../ports/ChallengeStore.ts"
import type { AnsweredChallenge, FactorUse } from "../../ports/Commit.ts"
import { FactorStore } from "../../ports/FactorStore.ts"
import type { StoredFactor } from "../../ports/FactorStore.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { Account } from "../model/Account.ts"
import type { Authentication } from "../model/Authentication.ts"
import { onBehalfOf } from "../model/Caller.ts"
import { Challenge, challengeLifetime } from "../model/Challenge.ts"
import type { ChallengeId, FirstFactor } from "../model/Challenge.ts"
import { isSecondFactor } from "../model/Factor.ts"
import type { Factor } from "../model/Factor.ts"
import { InvalidCode, SecondFactorRequired } from "../model/IdentityErrors.ts"
import type { PreconditionFailed, StoreUnavailable } from "../model/IdentityErrors.ts"
import type { PasswordHash } from "../model/Password.ts"
import { secondFactors } from "../telemetry/IdentityMetrics.ts"
import type { JudgedFactor, PresentedFactor } from "./FactorKind.ts"
import { passkeyMethods, Passkeys } from "./Passkeys.ts"
import type { Ceremony } from "./Passkeys.ts"
import { makeRecoveryCodes } from "./RecoveryCodes.ts"
import { makeTotp } from "./Totp.ts"

/** What somebody has proved, and what takes effect with their second factor. */
export interface FirstProof {
  readonly firstFactor: FirstFactor
  /** The new password of a recovery. */
  readonly passwordHash?: PasswordHash
  /** The challenge by which they proved it. It ends when they are asked for more. */
  readonly answers?: AnsweredChallenge
}

/** A second factor that was presented, and what its use adds to the commit and to the session of what it permits. */
export interface ProvenFactor {
  readonly factor: Factor
  readonly uses: FactorUse
  readonly authentication: Authentication
}

export class SecondFactors extends Context.Service<SecondFactors, {
  /** Fails with what to answer if the account has a second factor. `PreconditionFailed` if `answers` isn't live. */
  readonly demand: (
    account: Account,
    proof: FirstProof
  ) => Effect.Effect<void, PreconditionFailed | SecondFactorRequired | StoreUnavailable>

  /** Whether a sign-in to the account needs a second factor. */
  readonly isNeeded: (account: Account) => Effect.Effect<boolean, StoreUnavailable>

  /**
   * The factor that somebody presents. Its use may still fail, if it was used meanwhile. A passkey has to answer what
   * it was asked for.
   */
  readonly judge: (
    account: Account,
    presented: PresentedFactor,
    asked: Ceremony
  ) => Effect.Effect<ProvenFactor, InvalidCode | StoreUnavailable>
}>()("identityd/domain/factors/SecondFactors") {
  static readonly layer = Layer.effect(
    SecondFactors,
    Effect.gen(function*() {
      const store = yield* FactorStore
      const challenges = yield* ChallengeStore
      const ids = yield* IdGenerator
      const trail = yield* AuditTrail
      const passkeys = yield* Passkeys
      const totp = yield* makeTotp
      const recoveryCodes = yield* makeRecoveryCodes

      const confirmed = (account: Account) =>
        Effect.map(
          store.list(account.id),
          (all) => all.filter(({ factor }) => factor.confirmedAt !== undefined)
        )

      const isNeeded = (account: Account) =>
        Effect.map(confirmed(account), (factors) => factors.some(({ factor }) => isSecondFactor(factor)))

      const optionsFor = (account: Account, subject: ChallengeId) =>
        Effect.map(passkeys.requestOptions(account, { kind: "second-factor", subject }), Option.getOrUndefined)

      const demand = Effect.fn("SecondFactors.demand")(function*(
        account: Account,
        { answers, firstFactor, passwordHash }: FirstProof
      ) {
        const factors = (yield* confirmed(account)).map(({ factor }) => factor)
        if (!factors.some(isSecondFactor)) return
        const now = yield* DateTime.now
        const expiresAt = DateTime.addDuration(now, challengeLifetime["second-factor"])
        const challenge = Challenge.make({
          id: yield* ids.challengeId,
          purpose: "second-factor",
          email: account.email,
          accountId: account.id,
          credentialEpoch: account.credentialEpoch,
          firstFactor,
          passwordHash,
          signingKey: undefined,
          createdAt: now,
          expiresAt,
          resendAt: expiresAt
        })
        const commit = yield* onBehalfOf(account.id)(
          trail.commit({ action: "second-factor.started", accountId: account.id })
        )
        yield* challenges.start({ challenge, commit: { ...commit, ...(answers && { answers }) } })
        const usable = factors.filter(({ remaining }) => remaining !== 0)
        return yield* new SecondFactorRequired({
          id: challenge.id,
          factors: [...new Set(usable.map(({ type }) => type))],
          expiresAt,
          passkeyOptions: yield* optionsFor(account, challenge.id)
        })
      })

      const find = (
        presented: PresentedFactor,
        factors: ReadonlyArray<StoredFactor>,
        { account, asked, now }: { readonly account: Account; readonly asked: Ceremony; readonly now: DateTime.Utc }
      ): Effect.Effect<Option.Option<JudgedFactor>, StoreUnavailable> => {
        const candidates = factors.filter(({ factor }) => factor.type === presented.type)
        switch (presented.type) {
          case "totp":
            return totp.judge(candidates, presented, now)
          case "recovery_codes":
            return recoveryCodes.judge(candidates, presented, now)
          case "passkey":
            return Effect.map(
              passkeys.judgeAssertion(asked, presented.assertion, account, candidates),
              Option.map(({ by, stored }) => ({ stored, by, methods: passkeyMethods(by.passkey) }))
            )
        }
      }

      const judge = Effect.fn("SecondFactors.judge")(function*(
        account: Account,
        presented: PresentedFactor,
        asked: Ceremony
      ) {
        const now = yield* DateTime.now
        const found = yield* find(presented, yield* confirmed(account), { account, asked, now })
        if (Option.isNone(found)) {
          yield* Metric.update(secondFactors(presented.type, "refused"), 1)
          return yield* new InvalidCode()
        }
        const { by, methods, stored: { factor } } = found.value
        const uses: FactorUse = { accountId: account.id, id: factor.id, now, by }
        const authentication: Authentication = { amr: [...methods, "mfa"], aal: 2 }
        return { factor, uses, authentication }
      })

      return SecondFactors.of({ demand, isNeeded, judge })
    })
  )
}
