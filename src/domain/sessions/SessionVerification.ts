/**
 * Verifies sessions, which every authenticated request needs: checks the token, reads the store once, and occasionally
 * notes that the session was used, without delaying the answer.
 *
 * It belongs to `Sessions`, and stands alone for processes that start no session. For speed, it is made of few plain
 * steps instead of a generator.
 */
import { Context, DateTime, Duration, Effect, FiberMap, Layer, Option, References } from "effect"
import type { Redacted } from "effect"
import { inSpan } from "../../kernel/Spans.ts"
import { VerifiedSessions } from "../../ports/PasswordHasher.ts"
import { SessionStore } from "../../ports/SessionStore.ts"
import type { SessionWithAccount } from "../../ports/SessionStore.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { SessionRequired } from "../model/IdentityErrors.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"
import { isLive } from "../model/Session.ts"
import type { Session, SessionId } from "../model/Session.ts"
import { expiry, SessionPolicy, touchInterval } from "./SessionPolicy.ts"

/** Notes that are still being written when the scope closes are interrupted. */
const makeVerify = Effect.gen(function*() {
  const store = yield* SessionStore
  const signer = yield* TokenSigner
  const policy = yield* SessionPolicy
  const verified = yield* VerifiedSessions
  const touches = yield* FiberMap.make<SessionId>()
  const interval = touchInterval(policy)
  const intervalMillis = Duration.toMillis(interval)

  // Many checks happen in one millisecond, and making an instant costs more than comparing one.
  let latest = DateTime.makeUnsafe(0)
  const instantAt = (millis: number): DateTime.Utc => {
    if (DateTime.toEpochMillis(latest) !== millis) latest = DateTime.makeUnsafe(millis)
    return latest
  }

  // Runs in parallel with the answer, once per session at a time. If a use can't be noted now, a later one is.
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
      verified.count += 1
      const now = instantAt(clock.currentTimeMillisUnsafe())
      if (Option.isNone(found) || !isLive(found.value.session, found.value.account, now)) return refused
      const { session } = found.value
      const isNoted = DateTime.toEpochMillis(now) < DateTime.toEpochMillis(session.lastUsedAt) + intervalMillis
      return isNoted ? Effect.succeed(found.value) : Effect.as(touch(session, now), found.value)
    })

  return (token: Redacted.Redacted<string>) =>
    whenTraced(
      Effect.flatMap(signer.verifySession(token), (id) =>
        Option.isNone(id) ? refused : Effect.flatMap(store.findSession(id.value), requireLive))
    )
})

const refused = Effect.suspend(() => Effect.fail(new SessionRequired()))

/** A span costs as much when nobody records it. */
const whenTraced = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(References.TracerEnabled, (isTraced) => isTraced ? inSpan(effect, "Sessions.verify") : effect)

export class SessionVerification extends Context.Service<SessionVerification, {
  /**
   * The live session of a token, with its account, in one read. The use of the session is noted in parallel and doesn't
   * delay the answer.
   */
  readonly verify: (
    token: Redacted.Redacted<string>
  ) => Effect.Effect<SessionWithAccount, SessionRequired | StoreUnavailable>
}>()("identityd/domain/sessions/SessionVerification") {
  static readonly layer = Layer.effect(
    SessionVerification,
    Effect.map(makeVerify, (verify) => SessionVerification.of({ verify }))
  )
}
