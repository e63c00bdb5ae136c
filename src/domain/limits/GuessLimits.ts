/**
 * Keeps guessing within the limits of `AttemptPolicy`.
 *
 * The count and the wording of a refusal depend only on what the caller sent: emails without an account have the same
 * budgets.
 *
 * Attempts of exempt callers, and all attempts while limits are off, are judged without being counted.
 */
import { Context, DateTime, Effect, Exit, Layer, Option, Result } from "effect"
import type { GuessBudgets } from "../../ports/GuessBudgets.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { AccountId } from "../model/Account.ts"
import { Caller } from "../model/Caller.ts"
import type { Device } from "../model/Device.ts"
import type { Email } from "../model/Email.ts"
import { TooManyAttempts } from "../model/IdentityErrors.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"
import {
  planConfirmation,
  planDevice,
  planEmailChange,
  planMail,
  planMailFromDevice,
  planNotice,
  planPasskey,
  planSignIn,
  planSignUp,
  planWrongApiKey
} from "./AttemptPlans.ts"
import type { AttemptPlan } from "./AttemptPlans.ts"
import { AttemptPolicy } from "./AttemptPolicy.ts"
import type { AttemptLimits } from "./AttemptPolicy.ts"
import { reveals } from "./AttemptRefusals.ts"
import { makeCountedAttempts, unlimited } from "./CountedAttempts.ts"
import type { Judge } from "./CountedAttempts.ts"

/** What a client claims to be when it attempts to sign in. */
export interface SignInClaim {
  readonly email: Email
  /** The device whose credential the client presented, if the credential is genuine and not too old. */
  readonly device: Option.Option<Device>
  /** Whether that device belongs to the account with this email. */
  readonly isOwnDevice: Effect.Effect<boolean, StoreUnavailable>
  /** Counts an attempt, as `GuessBudgets.reserve` does and does by default. */
  readonly reserve?: GuessBudgets["Service"]["reserve"]
}

/** What somebody asks a mail for. */
export interface MailRequest {
  readonly purpose: string
  readonly email: Email
  /** The device that asks, if it signed in to the account with this email before. */
  readonly device: Option.Option<Device>
}

type Limited<A, E> = Effect.Effect<A, E | TooManyAttempts | StoreUnavailable>

export class GuessLimits extends Context.Service<GuessLimits, {
  /** An attempt to sign in. A judge that succeeds has passed it or given it back. */
  readonly signIn: <A, E>(claimant: SignInClaim, judge: Judge<A, E>) => Limited<A, E>

  /** An attempt to sign in by a passkey. A judge that succeeds has passed it. */
  readonly signInByPasskey: <A, E>(judge: Judge<A, E>) => Limited<A, E>

  /** An attempt at the current password of an account whose session the caller holds. Success passes it. */
  readonly confirm: <A, E>(accountId: AccountId, judge: Judge<A, E>) => Limited<A, E>

  /** An attempt to sign up. */
  readonly signUp: <A, E>(email: Email, effect: Effect.Effect<A, E>) => Limited<A, E>

  /** An attempt to change an account's email, which reveals whether somebody has the new one. */
  readonly changeEmail: <A, E>(accountId: AccountId, email: Email, effect: Effect.Effect<A, E>) => Limited<A, E>

  /** A request to have a mail sent to an address. Counts alike whether somebody has it. */
  readonly requestMail: <A, E>(request: MailRequest, effect: Effect.Effect<A, E>) => Limited<A, E>

  /** Whether one more notice of a sign-in is within the limit of its account. Counts it if it is. */
  readonly admitsNotice: (accountId: AccountId) => Effect.Effect<boolean, StoreUnavailable>

  /** A wrong API key, which `refuse` refuses unless there were too many. */
  readonly wrongApiKey: <E>(refuse: Judge<never, E>) => Limited<never, E>
}>()("identityd/domain/limits/GuessLimits") {
  static readonly layer = Layer.effect(
    GuessLimits,
    Effect.gen(function*() {
      const { countThenRun, reserve } = yield* makeCountedAttempts
      const trail = yield* AuditTrail
      const policy = yield* AttemptPolicy
      const currentLimits = Effect.map(Caller, ({ limits }) => limits === "exempt" ? "unlimited" : policy)

      const signIn = Effect.fnUntraced(function*<A, E>(
        claim: SignInClaim,
        judge: Judge<A, E>
      ): Effect.fn.Return<A, E | TooManyAttempts | StoreUnavailable> {
        const limits = yield* currentLimits
        if (limits === "unlimited") return yield* judge(unlimited)
        if (Option.isSome(claim.device)) {
          const outcome = yield* signInFromDevice(planDevice(limits, claim.device.value), claim, judge)
          if (Option.isSome(outcome)) return outcome.value
        }
        return yield* countThenRun(yield* planSignIn(limits, claim.email), judge, claim.reserve)
      })

      /** `None` if the device doesn't belong to the account. */
      const signInFromDevice = Effect.fnUntraced(function*<A, E>(
        plan: AttemptPlan,
        { isOwnDevice, reserve }: SignInClaim,
        judge: Judge<A, E>
      ): Effect.fn.Return<Option.Option<A>, E | TooManyAttempts | StoreUnavailable> {
        const judgeOwn: Judge<Option.Option<A>, E | StoreUnavailable> = (attempt) =>
          Effect.flatMap(
            isOwnDevice,
            (own): Effect.Effect<Option.Option<A>, E> =>
              own ? Effect.asSome(judge(attempt)) : Effect.as(attempt.giveBack, Option.none())
          )
        const outcome = yield* Effect.result(countThenRun(plan, judgeOwn, reserve))
        if (Result.isSuccess(outcome)) return outcome.success
        // A device of another account doesn't cause a refusal here, even if it has used up its budget.
        const isForeign = outcome.failure instanceof TooManyAttempts && !(yield* isOwnDevice)
        return isForeign ? Option.none() : yield* Effect.fail(outcome.failure)
      })

      const limited = <A, E>(plan: (limits: AttemptLimits) => Effect.Effect<AttemptPlan>, judge: Judge<A, E>) =>
        Effect.flatMap(currentLimits, (limits) =>
          limits === "unlimited"
            ? judge(unlimited)
            : Effect.flatMap(plan(limits), (counted) => countThenRun(counted, judge)))

      const signInByPasskey = <A, E>(judge: Judge<A, E>) => limited(planPasskey, judge)

      const confirm = <A, E>(accountId: AccountId, judge: Judge<A, E>) =>
        limited(
          (limits) => Effect.succeed(planConfirmation(limits, accountId)),
          (attempt) => Effect.tap(judge(attempt), () => Effect.ignore(attempt.pass))
        )

      const wrongApiKey = <E>(refuse: Judge<never, E>) => limited(planWrongApiKey, refuse)

      const signUp = <A, E>(email: Email, effect: Effect.Effect<A, E>) =>
        claim((limits) => planSignUp(limits, email), effect, "sign-up", {})

      const changeEmail = <A, E>(accountId: AccountId, email: Email, effect: Effect.Effect<A, E>) =>
        claim((limits) => planEmailChange(limits, accountId, email), effect, "email", { accountId })

      const requestMail = <A, E>({ device, email, purpose }: MailRequest, effect: Effect.Effect<A, E>) =>
        limited(
          (limits) =>
            Option.isSome(device)
              ? Effect.succeed(planMailFromDevice(limits, device.value))
              : planMail(limits, purpose === "recovery", email),
          () => effect
        )

      const admitsNotice = Effect.fnUntraced(function*(accountId: AccountId) {
        const limits = yield* currentLimits
        if (limits === "unlimited") return true
        return yield* reserve(planNotice(limits, accountId), yield* DateTime.now).pipe(
          Effect.as(true),
          Effect.catchTag("TooManyAttempts", () => Effect.succeed(false))
        )
      })

      /** Records that an email is taken, when the answer reveals it. */
      const claim = <A, E>(
        plan: (limits: AttemptLimits) => Effect.Effect<AttemptPlan>,
        effect: Effect.Effect<A, E>,
        kind: "email" | "sign-up",
        subject: { readonly accountId?: AccountId }
      ) =>
        limited(plan, (attempt) => {
          if (attempt === unlimited) return effect
          const record = (action: "limited" | "refused") =>
            Effect.ignore(trail.record({ action: `${kind}.${action}`, ...subject }))
          return Effect.onExit(effect, (exit) =>
            attempt.isLast
              ? record("limited")
              : Exit.isFailure(exit) && reveals(kind === "email" ? "change-email" : "sign-up", exit.cause)
              ? record("refused")
              : Effect.void)
        })

      return GuessLimits.of({
        signIn,
        signInByPasskey,
        confirm,
        signUp,
        changeEmail,
        requestMail,
        admitsNotice,
        wrongApiKey
      })
    })
  )
}
