/**
 * What all challenges have in common: they are started with a mail, answered a few times at most, and mailed again.
 *
 * People who start a challenge for an address learn nothing about it. Whether somebody has the address, is disabled or
 * has been mailed too often, the same is counted, written and answered; only the mail is withheld.
 */
import { Context, DateTime, Effect, Layer, Metric, Option } from "effect"
import type { Redacted } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import { ChallengeStore } from "../../ports/ChallengeStore.ts"
import type { AnsweredChallenge } from "../../ports/Commit.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { makeOwnDevice } from "../limits/CurrentDevice.ts"
import { GuessLimits } from "../limits/GuessLimits.ts"
import type { Account } from "../model/Account.ts"
import { Challenge, challengeLifetime, isOfHolder } from "../model/Challenge.ts"
import type {
  AnsweredPurpose,
  ChallengeAnswer,
  ChallengeId,
  ChallengePurpose,
  StartedPurpose
} from "../model/Challenge.ts"
import type { Device } from "../model/Device.ts"
import { emailKey } from "../model/Email.ts"
import type { Email } from "../model/Email.ts"
import { ChallengeOver, InvalidCode, isPreconditionFailed, TooManyAttempts } from "../model/IdentityErrors.ts"
import type { PreconditionFailed, StoreUnavailable } from "../model/IdentityErrors.ts"
import type { MailPurpose } from "../model/Mail.ts"
import { challengeAnswered, challengesStarted } from "../telemetry/IdentityMetrics.ts"
import { makeChallengeMail } from "./ChallengeMail.ts"

export interface ChallengeRequest {
  readonly purpose: StartedPurpose
  /** The address that was asked for, as it was written. */
  readonly email: Email
  /** The active account that the answer changes. */
  readonly account: Option.Option<Account>
  /** The device that asks, if it signed in to that account before. */
  readonly device?: Option.Option<Device>
}

export interface AskedAnswer {
  readonly purpose: AnsweredPurpose
  readonly id: ChallengeId
  readonly answer: ChallengeAnswer
}

type Refusal = ChallengeOver | InvalidCode | StoreUnavailable

export class Challenges extends Context.Service<Challenges, {
  /** Starts a challenge and mails it, within the limits on mails. */
  readonly start: (request: ChallengeRequest) => Effect.Effect<Challenge, StoreUnavailable | TooManyAttempts>

  /**
   * Starts a challenge that a stranger asks for, for the active account with this email, and a sign-up for any account
   * with it. The client may present the credential of a device.
   */
  readonly startByEmail: (
    purpose: "recovery" | "sign-in-link" | "sign-up",
    email: Email,
    credential: Redacted.Redacted<string> | undefined
  ) => Effect.Effect<Challenge, StoreUnavailable | TooManyAttempts>

  /**
   * Counts a try, judges the answer, and has `effect` do what the right one does. `effect` commits its change with the
   * answered challenge, so it happens once. A right answer whose effect is refused can be given again.
   */
  readonly answer: <A, E>(
    asked: AskedAnswer,
    effect: (answers: AnsweredChallenge) => Effect.Effect<A, E | PreconditionFailed>
  ) => Effect.Effect<A, Exclude<E | PreconditionFailed, PreconditionFailed> | Refusal>

  /** Mails a challenge again, if it isn't over, once its `resendAt` has come and within the limits on mails. */
  readonly resend: (
    id: ChallengeId,
    device?: Redacted.Redacted<string>
  ) => Effect.Effect<Challenge, ChallengeOver | StoreUnavailable | TooManyAttempts>
}>()("identityd/domain/challenges/Challenges") {
  static readonly layer = Layer.effect(
    Challenges,
    Effect.gen(function*() {
      const store = yield* ChallengeStore
      const accounts = yield* AccountStore
      const ids = yield* IdGenerator
      const signer = yield* TokenSigner
      const trail = yield* AuditTrail
      const limits = yield* GuessLimits
      const ownDevice = yield* makeOwnDevice
      const challengeMail = yield* makeChallengeMail

      const begin = Effect.fnUntraced(function*({ account, device = Option.none(), email, purpose }: ChallengeRequest) {
        const now = yield* DateTime.now
        const owner = Option.getOrUndefined(account)
        const challenge = Challenge.make({
          id: yield* ids.challengeId,
          purpose,
          email,
          accountId: owner?.id,
          credentialEpoch: owner?.credentialEpoch,
          firstFactor: undefined,
          passwordHash: undefined,
          signingKey: signer.keyIds[0],
          createdAt: now,
          expiresAt: DateTime.addDuration(now, challengeLifetime[purpose]),
          resendAt: DateTime.addDuration(now, RESEND_AFTER)
        })
        const commit = yield* trail.commit({ action: `${purpose}.started`, accountId: challenge.accountId })
        const mails = [yield* challengeMail(challenge, mailFor(purpose, account), account)]
        yield* Effect.catchTag(
          store.start({ challenge, isFromKnownDevice: Option.isSome(device), commit: { ...commit, mails } }),
          "PreconditionFailed",
          Effect.die
        )
        yield* Metric.update(challengesStarted(purpose), 1)
        return challenge
      })

      const start = Effect.fn("Challenges.start")((request: ChallengeRequest) =>
        limits.requestMail({ ...request, device: request.device ?? Option.none() }, begin(request))
      )

      const startByEmail: Challenges["Service"]["startByEmail"] = Effect.fnUntraced(
        function*(purpose, email, credential) {
          const found = yield* accounts.findAccountByEmail(emailKey(email))
          const account = Option.map(found, (known) => known.account).pipe(
            Option.filter(({ status }) => purpose === "sign-up" || status === "active")
          )
          return yield* start({ purpose, email, account, device: yield* ownDevice(credential, found) })
        }
      )

      const refuse = Effect.fnUntraced(function*(purpose: AnsweredPurpose, challenge: Challenge, isLast: boolean) {
        const action = isLast ? `${purpose}.limited` as const : `${purpose}.refused` as const
        yield* trail.record({ action, accountId: challenge.accountId })
        yield* Metric.update(challengeAnswered(purpose, "refused"), 1)
        return yield* new InvalidCode()
      })

      const over = (purpose: AnsweredPurpose) =>
        Effect.andThen(Metric.update(challengeAnswered(purpose, "over"), 1), new ChallengeOver())

      const judge = Effect.fnUntraced(function*({ answer, id, purpose }: AskedAnswer) {
        const now = yield* DateTime.now
        const attempt = yield* store.attempt({ id, purpose, now })
        if (Option.isNone(attempt)) return yield* over(purpose)
        const { challenge, isLast } = attempt.value
        const isRight = yield* signer.verifyChallenge(purpose, id, answer)
        return isRight ? { challenge, now } : yield* refuse(purpose, challenge, isLast)
      })

      const answer = <A, E>(
        asked: AskedAnswer,
        effect: (answers: AnsweredChallenge) => Effect.Effect<A, E | PreconditionFailed>
      ) =>
        Effect.flatMap(judge(asked), (answers) =>
          effect(answers).pipe(
            Effect.tapError((error) =>
              isPreconditionFailed(error) ? Effect.void : Effect.ignore(store.giveBack(asked.id))
            ),
            Effect.catchIf(isPreconditionFailed, () => over(asked.purpose)),
            Effect.tap(() => Metric.update(challengeAnswered(asked.purpose, "succeeded"), 1))
          )).pipe(Effect.withSpan("Challenges.answer"))

      const resend = Effect.fn("Challenges.resend")(function*(id: ChallengeId, credential?: Redacted.Redacted<string>) {
        const now = yield* DateTime.now
        const found = yield* store.find({ id, now })
        const challenge = Option.getOrUndefined(found)
        if (challenge === undefined) return yield* new ChallengeOver()
        const { email, purpose } = challenge
        if (!hasMail(purpose)) return yield* new ChallengeOver()
        if (DateTime.isLessThan(now, challenge.resendAt)) return yield* tooEarly(challenge, now)
        const owner = yield* ownerOf(challenge)
        if (isOfHolder(purpose) && Option.isNone(owner)) return yield* new ChallengeOver()
        const device = yield* ownDevice(credential, owner)
        const account = Option.map(owner, (known) => known.account)
        return yield* limits.requestMail({ purpose, email, device }, again(challenge, purpose, account))
      })

      // Found as at the start, so that it takes as long whether or not somebody has the address. Other credentials have
      // ended the challenge. They don't change what somebody is told who signs up with a known address.
      const ownerOf = ({ accountId, credentialEpoch, email, purpose }: Challenge) =>
        Effect.map(
          isOfHolder(purpose) && accountId !== undefined
            ? accounts.findAccountWithPassword(accountId)
            : accounts.findAccountByEmail(emailKey(email)),
          Option.filter(({ account }) =>
            account.id === accountId && (purpose === "sign-up" || account.credentialEpoch === credentialEpoch)
          )
        )

      const again = Effect.fnUntraced(function*(
        challenge: Challenge,
        purpose: StartedPurpose,
        account: Option.Option<Account>
      ) {
        const now = yield* DateTime.now
        const resendAt = DateTime.addDuration(now, RESEND_AFTER)
        const mailed = Challenge.make({ ...challenge, createdAt: now })
        const mail = yield* challengeMail(mailed, mailFor(purpose, account), account)
        const commit = yield* trail.commit({ action: `${purpose}.started`, accountId: challenge.accountId })
        const moved = yield* store.resend({ id: challenge.id, now, resendAt, commit: { ...commit, mails: [mail] } })
        // Somebody else has just asked for the same.
        const resent = Challenge.make({ ...challenge, resendAt })
        return moved ? resent : yield* tooEarly(resent, now)
      })

      return Challenges.of({ start, startByEmail, answer, resend })
    })
  )
}

/** People who have an account aren't mailed a way to sign up. */
const mailFor = (purpose: StartedPurpose, account: Option.Option<Account>): MailPurpose =>
  purpose === "sign-up" && Option.isSome(account) ? "sign-up-known" : purpose

const hasMail = (purpose: ChallengePurpose): purpose is StartedPurpose =>
  purpose !== "email-change-reversal" && purpose !== "second-factor"

/** How long a mail may take before its reader asks for another. */
const RESEND_AFTER = "1 minute"

const tooEarly = ({ resendAt }: Challenge, now: DateTime.Utc) =>
  new TooManyAttempts({
    action: "request-mail",
    scope: "challenge",
    limit: 1,
    window: DateTime.distance(now, resendAt),
    retryAfter: DateTime.distance(now, resendAt)
  })
