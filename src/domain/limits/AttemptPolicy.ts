/**
 * How many guesses are allowed. docs/adr/0011-guess-limits.md argues for the numbers.
 */
import { Context, Duration, Effect, Layer } from "effect"

/**
 * The first `burst` attempts are free. The next one waits for `delay`, and each further one twice as long as the one
 * before, but never longer than `recovery`. One attempt is forgotten every `recovery`, so nobody can keep up a faster
 * rate.
 */
export interface AttemptLimit {
  readonly burst: number
  readonly delay: Duration.Duration
  readonly recovery: Duration.Duration
}

/** Sign-in attempts count while they run and when they fail. Sign-up attempts count even when they succeed. */
export interface AttemptLimits {
  /** At one account, from one device that has signed in to it before. These attempts count nowhere else. */
  readonly device: AttemptLimit
  /** At one email from one network. */
  readonly accountFromNetwork: AttemptLimit
  /** At one email. */
  readonly account: AttemptLimit
  /** From one network: a /24 or a /64. */
  readonly network: AttemptLimit
  /** From one /56. */
  readonly network56: AttemptLimit
  /** From one /48. */
  readonly network48: AttemptLimit
  /** By everybody. Half of it is kept for newcomers, as in `signUpEverywhere`. */
  readonly everywhere: AttemptLimit
  /**
   * Correct passwords of one account, counted separately for each device, for everything else, and for confirmations.
   */
  readonly successes: AttemptLimit
  /** At the current password of one account, by clients with one of its sessions. */
  readonly confirmation: AttemptLimit
  /** To sign up with one email, or to move an account to it. */
  readonly signUpEmail: AttemptLimit
  /** To sign up or change the email from one network, one /56, one /48. */
  readonly signUpNetwork: AttemptLimit
  readonly signUpNetwork56: AttemptLimit
  readonly signUpNetwork48: AttemptLimit
  /** To sign up or change the email, by everybody. */
  readonly signUpEverywhere: AttemptLimit
  /** To change the email of one account. */
  readonly emailChange: AttemptLimit
  /** To be mailed at one address: a few at once, and a limited number a day. */
  readonly mailAddress: AttemptLimit
  readonly mailAddressDaily: AttemptLimit
  /** The same from one device that has signed in to the account with that address. These count nowhere else. */
  readonly mailDevice: AttemptLimit
  readonly mailDeviceDaily: AttemptLimit
  /** To tell a holder of sign-ins from new devices. Beyond it nothing is refused, and nobody told. */
  readonly newDeviceNotice: AttemptLimit
  /** To have mails sent, from one network. */
  readonly mailNetwork: AttemptLimit
  /** To have mails sent, by everybody. Recoveries are counted apart, so that nothing else can use up theirs. */
  readonly mailEverywhere: AttemptLimit
  readonly recoveryEverywhere: AttemptLimit
  /** Wrong API keys from one network. Right ones don't count, and are never refused. */
  readonly apiKeyNetwork: AttemptLimit
  /** Callers from a network are newcomers when this much time has passed since its last attempt. */
  readonly newcomerAfter: Duration.Duration
}

export const AttemptPolicy = Context.Reference<AttemptLimits | "unlimited">("identityd/domain/limits/AttemptPolicy", {
  defaultValue: () => ({
    device: limit(10, "1 minute", "1 hour"),
    accountFromNetwork: limit(10, "1 minute", "1 hour"),
    account: limit(30, "1 minute", "6 hours"),
    network: limit(100, "5 seconds", "5 minutes"),
    network56: limit(200, "5 seconds", "2 minutes"),
    network48: limit(400, "5 seconds", "1 minute"),
    everywhere: limit(10_000, "100 millis", "100 millis"),
    successes: limit(60, "1 minute", "1 minute"),
    confirmation: limit(10, "1 minute", "1 hour"),
    signUpEmail: limit(10, "1 minute", "1 hour"),
    signUpNetwork: limit(50, "10 seconds", "10 minutes"),
    signUpNetwork56: limit(100, "10 seconds", "5 minutes"),
    signUpNetwork48: limit(200, "10 seconds", "2 minutes"),
    signUpEverywhere: limit(4000, "1 second", "1 second"),
    emailChange: limit(5, "288 minutes", "288 minutes"),
    mailAddress: limit(3, "1 minute", "1 minute"),
    mailAddressDaily: limit(20, "72 minutes", "72 minutes"),
    mailDevice: limit(3, "1 minute", "1 minute"),
    mailDeviceDaily: limit(20, "72 minutes", "72 minutes"),
    newDeviceNotice: limit(3, "72 minutes", "72 minutes"),
    mailNetwork: limit(20, "3 minutes", "3 minutes"),
    mailEverywhere: limit(1000, "1 second", "1 second"),
    recoveryEverywhere: limit(1000, "1 second", "1 second"),
    apiKeyNetwork: limit(20, "5 seconds", "1 minute"),
    newcomerAfter: Duration.hours(1)
  })
})

const limit = (burst: number, delay: Duration.Input, recovery: Duration.Input): AttemptLimit => ({
  burst,
  delay: Duration.fromInputUnsafe(delay),
  recovery: Duration.fromInputUnsafe(recovery)
})

export const UNLIMITED = "Limits are off: passwords can be guessed as fast as this machine hashes"

/**
 * Admits everything, for load tests, and logs a warning when it is built. Never use it where passwords are worth
 * guessing.
 */
export const unlimitedAttempts: Layer.Layer<never> = Layer.merge(
  Layer.succeed(AttemptPolicy, "unlimited"),
  Layer.effectDiscard(Effect.logWarning(UNLIMITED))
)
