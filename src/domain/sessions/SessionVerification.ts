/**
 * Verifying sessions, which every authenticated request does: one look at the token, one at the store, and now and then
 * the note that the session was used, beside the answer.
 *
 * A part of `Sessions`, made of few and plain steps where a service elsewhere would be written as a generator.
 */
import { DateTime, Duration, Effect, FiberMap, Option, References } from "effect"
import type { Redacted } from "effect"
import { SessionStore } from "../../ports/SessionStore.ts"
import type { SessionWithAccount } from "../../ports/SessionStore.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { SessionRequired } from "../model/IdentityErrors.ts"
import { isLive } from "../model/Session.ts"
import type { Session, SessionId } from "../model/Session.ts"
import { expiry, SessionPolicy, touchInterval } from "./SessionPolicy.ts"

/** Uses that are being noted belong to the scope. */
export const makeVerify = Effect.gen(function*() {
  const store = yield* SessionStore
  const signer = yield* TokenSigner
  const policy = yield* SessionPolicy
  const touches = yield* FiberMap.make<SessionId>()
  const interval = touchInterval(policy)
  const intervalMillis = Duration.toMillis(interval)

  // Checks come many to a millisecond, and an instant is dearer to make than to look at.
  let latest = DateTime.makeUnsafe(0)
  const instantAt = (millis: number): DateTime.Utc => {
    if (DateTime.toEpochMillis(latest) !== millis) latest = DateTime.makeUnsafe(millis)
    return latest
  }

  // Runs beside the answer, once per session at a time. A use that can't be noted now is noted by a later one.
  const touch = (session: Session, now: DateTime.Utc) =>
    FiberMap.run(
      touches,
      session.id,
      Effect.ignore(store.touchSession({
        id: session.id,
        lastUsedAt: now,
        expiresAt: expiry(policy, session.createdAt, now),
        unlessUsedSince: DateTime.subtractDuration(now, interval)
      })),
      { onlyIfMissing: true }
    )

  const requireLive = (found: Option.Option<SessionWithAccount>): Effect.Effect<SessionWithAccount, SessionRequired> =>
    Effect.clockWith((clock) => {
      const now = instantAt(clock.currentTimeMillisUnsafe())
      if (Option.isNone(found) || !isLive(found.value.session, found.value.account, now)) return refused
      const { session } = found.value
      const isNoted = DateTime.toEpochMillis(now) < DateTime.toEpochMillis(session.lastUsedAt) + intervalMillis
      return isNoted ? Effect.succeed(found.value) : Effect.as(touch(session, now), found.value)
    })

  return (token: Redacted.Redacted<string>) =>
    inSpan(
      Effect.flatMap(signer.verifySession(token), (id) =>
        Option.isNone(id) ? refused : Effect.flatMap(store.findSession(id.value), requireLive))
    )
})

const refused = Effect.suspend(() => Effect.fail(new SessionRequired()))

/** What `Effect.fn` does, but only where something is traced: a span that nobody records costs as much as any other. */
const inSpan = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(
    References.TracerEnabled,
    (isTraced) => isTraced ? Effect.withSpan(effect, "Sessions.verify", noStackTrace) : effect
  )

// The place in the code is the one above for every span, and finding it out costs more than the span.
const noStackTrace = { captureStackTrace: false }
