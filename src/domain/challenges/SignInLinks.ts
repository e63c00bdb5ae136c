/**
 * Signs people in who read the address of their account.
 *
 * That says nothing of who chose the account's password. So it leaves the email unverified, which a recovery doesn't.
 * Otherwise people who signed up with an address that was not theirs would share an account that counts as its owner's.
 */
import { Context, Effect, Layer, Option } from "effect"
import type { Redacted } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import type { AnsweredChallenge } from "../../ports/Commit.ts"
import { SecondFactors } from "../factors/SecondFactors.ts"
import { makeOwnDevice } from "../limits/CurrentDevice.ts"
import { BY_EMAIL } from "../model/Authentication.ts"
import type { Challenge, ChallengeAnswer, ChallengeId } from "../model/Challenge.ts"
import type { Email } from "../model/Email.ts"
import { PreconditionFailed, TurnedOff, VerificationRequired } from "../model/IdentityErrors.ts"
import type {
  ChallengeOver,
  InvalidCode,
  SecondFactorRequired,
  StoreUnavailable,
  TooManyAttempts
} from "../model/IdentityErrors.ts"
import { EmailVerificationPolicy, lacksVerification } from "../sessions/EmailVerificationPolicy.ts"
import { makeOpening } from "../sessions/SessionOpening.ts"
import type { SignInClient, StartedSession } from "../sessions/SessionOpening.ts"
import { Sessions } from "../sessions/Sessions.ts"
import { Challenges } from "./Challenges.ts"
import { SignInLinkPolicy } from "./SignInLinkPolicy.ts"

export interface SignInLinkAnswer extends SignInClient {
  readonly id: ChallengeId
  readonly answer: ChallengeAnswer
}

export class SignInLinks extends Context.Service<SignInLinks, {
  /**
   * Mails a challenge to the account with this email, if it is active. Succeeds alike for every address. The client may
   * present the credential of a device.
   */
  readonly start: (
    email: Email,
    device?: Redacted.Redacted<string>
  ) => Effect.Effect<Challenge, StoreUnavailable | TooManyAttempts | TurnedOff>

  /** Starts a session, unless the email has to be verified first. */
  readonly answer: (
    answer: SignInLinkAnswer
  ) => Effect.Effect<
    StartedSession,
    ChallengeOver | InvalidCode | SecondFactorRequired | StoreUnavailable | TurnedOff | VerificationRequired
  >
}>()("identityd/domain/challenges/SignInLinks") {
  static readonly layer = Layer.effect(
    SignInLinks,
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const challenges = yield* Challenges
      const secondFactors = yield* SecondFactors
      const sessions = yield* Sessions
      const verification = yield* EmailVerificationPolicy
      const policy = yield* SignInLinkPolicy
      const ownDevice = yield* makeOwnDevice
      const { insert } = yield* makeOpening

      const start = Effect.fn("SignInLinks.start")(function*(email: Email, credential?: Redacted.Redacted<string>) {
        if (policy === "off") return yield* new TurnedOff()
        return yield* challenges.startByEmail("sign-in-link", email, credential)
      })

      const signIn = Effect.fnUntraced(function*(answers: AnsweredChallenge, { client, device }: SignInLinkAnswer) {
        const { credentialEpoch, accountId } = answers.challenge
        if (accountId === undefined) return yield* new PreconditionFailed()
        const owner = Option.getOrUndefined(yield* accounts.findAccountWithPassword(accountId))
        if (owner === undefined || owner.account.credentialEpoch !== credentialEpoch) {
          return yield* new PreconditionFailed()
        }
        if (lacksVerification(verification, owner.account)) return yield* new VerificationRequired()
        yield* secondFactors.demand(owner.account, { firstFactor: "email", answers })
        const known = yield* ownDevice(device, Option.some(owner))
        const opened = yield* insert(
          { account: owner.account, client, authentication: BY_EMAIL },
          () => ({ answers }),
          { device: Effect.succeed(known), passed: undefined }
        ).pipe(Effect.catchTags({ RequestInProgress: Effect.die, SuccessesUsedUp: Effect.die }))
        // Changes of credentials end all sessions, so a session of this epoch is one by these credentials.
        return Option.isSome(opened) ? opened.value : yield* new PreconditionFailed()
      })

      const answer = Effect.fn("SignInLinks.answer")(function*(input: SignInLinkAnswer) {
        if (policy === "off") return yield* new TurnedOff()
        const started = yield* challenges.answer(
          { ...input, purpose: "sign-in-link" },
          (answers) => signIn(answers, input)
        )
        if (input.replaces !== undefined) yield* sessions.endReplaced(input.replaces, started)
        return started
      })

      return SignInLinks.of({ start, answer })
    })
  )
}
