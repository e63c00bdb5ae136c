/**
 * How many guesses are allowed. docs/adr/0011-guess-limits.md argues for the numbers.
 */
import { Context, Duration, Effect, Layer, Record } from "effect"
import type { AttemptScope } from "../model/IdentityErrors.ts"

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

type Row = readonly [scope: AttemptScope, burst: number, delay: Duration.Input, recovery: Duration.Input]

/** Sign-in attempts count while they run and when they fail. Sign-up attempts count even when they succeed. */
const rows = {
  /** At one account, from one device that has signed in to it before. These attempts count nowhere else. */
  device: ["device", 10, "1 minute", "1 hour"],
  /** At one email from one network. */
  accountFromNetwork: ["email-network", 10, "1 minute", "1 hour"],
  /** At one email. */
  account: ["email", 30, "1 minute", "6 hours"],
  /** From one network: a /24 or a /64. */
  network: ["network", 100, "5 seconds", "5 minutes"],
  /** From one /56. */
  network56: ["network-56", 200, "5 seconds", "2 minutes"],
  /** From one /48. */
  network48: ["network-48", 400, "5 seconds", "1 minute"],
  /** By everybody. Half of it is kept for newcomers, as in `signUpEverywhere`. */
  everywhere: ["service", 10_000, "100 millis", "100 millis"],
  /**
   * Correct passwords of one account, counted separately for each device, for everything else, and for confirmations.
   */
  successes: ["account", 60, "1 minute", "1 minute"],
  /** At the current password of one account, by clients with one of its sessions. */
  confirmation: ["account", 10, "1 minute", "1 hour"],
  /** To sign up with one email, or to move an account to it. */
  signUpEmail: ["email", 10, "1 minute", "1 hour"],
  /** To sign up or change the email from one network, one /56, one /48. */
  signUpNetwork: ["network", 50, "10 seconds", "10 minutes"],
  signUpNetwork56: ["network-56", 100, "10 seconds", "5 minutes"],
  signUpNetwork48: ["network-48", 200, "10 seconds", "2 minutes"],
  /** To sign up or change the email, by everybody. */
  signUpEverywhere: ["service", 4000, "1 second", "1 second"],
  /** To change the email of one account. */
  emailChange: ["account", 5, "288 minutes", "288 minutes"],
  /** To be mailed at one address: a few at once, and a limited number a day. */
  mailAddress: ["email", 3, "1 minute", "1 minute"],
  mailAddressDaily: ["email", 20, "72 minutes", "72 minutes"],
  /** The same from one device that has signed in to the account with that address. These count nowhere else. */
  mailDevice: ["device", 3, "1 minute", "1 minute"],
  mailDeviceDaily: ["device", 20, "72 minutes", "72 minutes"],
  /** To notify a holder of sign-ins from new devices. Beyond it nothing is refused, and nobody is notified. */
  newDeviceNotice: ["account", 3, "72 minutes", "72 minutes"],
  /** To have mails sent, from one network. */
  mailNetwork: ["network", 20, "3 minutes", "3 minutes"],
  /** To have mails sent, by everybody. Recoveries are counted apart, so that nothing else can use up theirs. */
  mailEverywhere: ["service", 1000, "1 second", "1 second"],
  recoveryEverywhere: ["service", 1000, "1 second", "1 second"],
  /** Wrong API keys from one network. Right ones don't count, and are never refused. */
  apiKeyNetwork: ["network", 20, "5 seconds", "1 minute"]
} as const satisfies Record<string, Row>

export type LimitName = keyof typeof rows

/** What is counted together, as shown to a refused caller. */
export const scopeOf = (name: LimitName): AttemptScope => rows[name][0]

export interface AttemptLimits extends Readonly<Record<LimitName, AttemptLimit>> {
  /** Callers from a network are newcomers when this much time has passed since its last attempt. */
  readonly newcomerAfter: Duration.Duration
}

export const AttemptPolicy = Context.Reference<AttemptLimits | "unlimited">("identityd/domain/limits/AttemptPolicy", {
  defaultValue: () => ({ ...Record.map(rows, limitOf), newcomerAfter: Duration.hours(1) })
})

const limitOf = ([, burst, delay, recovery]: Row): AttemptLimit => ({
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
