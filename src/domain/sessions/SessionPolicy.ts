import { Context, DateTime, Duration } from "effect"

/** How long sessions live and how many of them an account may have. */
export interface SessionLimits {
  /** A session ends when it hasn't been used for this long (ASVS 7.3.1). */
  readonly idleTimeout: Duration.Duration
  /** A session ends this long after its start, however much it is used (ASVS 7.3.2). */
  readonly maxLifetime: Duration.Duration
  /** The most live sessions of one account. Signing in beyond it ends the oldest (ASVS 7.1.2). */
  readonly perAccountMax: number
  /** How long what its holder has just proved counts for what needs more than a session. */
  readonly elevationLifetime: Duration.Duration
}

export const SessionPolicy = Context.Reference<SessionLimits>("identityd/domain/sessions/SessionPolicy", {
  defaultValue: () => ({
    idleTimeout: Duration.days(7),
    maxLifetime: Duration.days(30),
    perAccountMax: 100,
    elevationLifetime: Duration.minutes(15)
  })
})

/**
 * How long a noted use counts before another one is noted. One minute limits writes to one per minute and session. A
 * tenth of a short idle timeout keeps the timeout from coming more than a tenth early.
 */
export const touchInterval = (limits: SessionLimits): Duration.Duration =>
  Duration.min(Duration.minutes(1), Duration.millis(Duration.toMillis(limits.idleTimeout) / 10))

/** The first instant at which a session that was last used at `usedAt` is over. */
export const expiry = (limits: SessionLimits, createdAt: DateTime.Utc, usedAt: DateTime.Utc): DateTime.Utc =>
  DateTime.min(
    DateTime.addDuration(usedAt, limits.idleTimeout),
    DateTime.addDuration(createdAt, limits.maxLifetime)
  )
