import { Context, Duration } from "effect"

/** How long sessions live. */
export interface SessionLifetimes {
  /** A session ends when it was not used for this long (ASVS 7.3.1). */
  readonly idleTimeout: Duration.Duration
  /** A session ends this long after it began, however much it is used (ASVS 7.3.2). */
  readonly maxLifetime: Duration.Duration
}

export const SessionPolicy = Context.Reference<SessionLifetimes>("identity/domain/services/SessionPolicy", {
  defaultValue: () => ({ idleTimeout: Duration.days(7), maxLifetime: Duration.days(30) })
})
