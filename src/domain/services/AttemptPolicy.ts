/**
 * How many attempts at what can be guessed are allowed. docs/adr/0011-guess-limits.md argues for the numbers.
 */
import { Context, Duration, Effect, Layer } from "effect"

/**
 * `burst` attempts are free. Then the next waits for `delay`, and each further one twice as long as the last, at most
 * `recovery`, in which one attempt is forgotten. Nobody can go on faster than that, however patient.
 */
export interface AttemptLimit {
  readonly burst: number
  readonly delay: Duration.Duration
  readonly recovery: Duration.Duration
}

/** Attempts to sign in count while they run and when they fail; attempts to sign up when they could succeed, too. */
export interface AttemptLimits {
  /** At one email from one network, whether or not its owner has signed in from there. */
  readonly accountFromNetwork: AttemptLimit
  /** At one email from all networks its owner has not signed in from. Can't keep him out elsewhere. */
  readonly account: AttemptLimit
  /** From one network, at all emails that have not signed in from there. */
  readonly network: AttemptLimit
  /** From one network, at all emails that have. */
  readonly knownNetwork: AttemptLimit
  /** From all networks, at all emails that have not signed in from there. */
  readonly everywhere: AttemptLimit
  /** How long a network is known after a sign-in. Longer than a session, or each sign-in would be by a stranger. */
  readonly knownFor: Duration.Duration
  /** At the current password of one account, by whoever holds one of its sessions. */
  readonly confirmation: AttemptLimit
  /** To sign up with one email. */
  readonly signUpEmail: AttemptLimit
  /** To sign up from one network. */
  readonly signUpNetwork: AttemptLimit
  /** To sign up at all. */
  readonly signUpEverywhere: AttemptLimit
}

export const AttemptPolicy = Context.Reference<AttemptLimits | "unlimited">("identity/domain/services/AttemptPolicy", {
  defaultValue: () => ({
    accountFromNetwork: limit(10, "1 minute", "1 hour"),
    account: limit(30, "1 minute", "6 hours"),
    network: limit(100, "5 seconds", "5 minutes"),
    knownNetwork: limit(300, "5 seconds", "1 minute"),
    everywhere: limit(10_000, "100 millis", "100 millis"),
    knownFor: Duration.days(90),
    confirmation: limit(10, "1 minute", "1 hour"),
    signUpEmail: limit(10, "1 minute", "1 hour"),
    signUpNetwork: limit(50, "10 seconds", "10 minutes"),
    signUpEverywhere: limit(1000, "1 second", "1 second")
  })
})

const limit = (burst: number, delay: Duration.Input, recovery: Duration.Input): AttemptLimit => ({
  burst,
  delay: Duration.fromInputUnsafe(delay),
  recovery: Duration.fromInputUnsafe(recovery)
})

/** Admits everything, for load tests, and says so when it is built. Not for where passwords are worth guessing. */
export const unlimitedAttempts: Layer.Layer<never> = Layer.merge(
  Layer.succeed(AttemptPolicy, "unlimited"),
  Layer.effectDiscard(Effect.logWarning("Limits are off: passwords can be guessed as fast as this machine hashes"))
)
