/**
 * Sends the mails that wait in the outbox.
 *
 * Every server runs this, and a lease lets one of them work. If that one dies, another takes over when the lease ends.
 * A node begins an attempt only if it holds the lease for longer than the attempt can take, so two nodes never send at
 * the same time, unless one of them was stopped in between.
 */
import { DateTime, Duration, Effect, FiberSet, Semaphore } from "effect"
import * as Announcer from "../../kernel/Announcer.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { Leases } from "../../ports/Leases.ts"
import type { Mailer, MailRenderer } from "../../ports/Mailer.ts"
import { Outbox } from "../../ports/Outbox.ts"
import type { TokenSigner } from "../../ports/TokenSigner.ts"
import { explainOutage } from "../model/StoreAdvice.ts"
import { ATTEMPT_MAX, makeAttempt } from "./MailAttempts.ts"

const LEASE = "mails"

/** How long a node keeps the lease without renewing it, and how long its claim of a mail lasts. */
const LEASE_LIFETIME = Duration.seconds(30)

/** How often the node with the lease looks for mails that are due. */
const INTERVAL = Duration.seconds(1)

/** How often the others ask for the lease. */
const PATIENCE = Duration.seconds(5)

/** How many mails are sent at once. */
const ATTEMPTS_AT_ONCE = 8

/** How long a node that ends waits for attempts that are under way. */
const FAREWELL = Duration.seconds(5)

/** Sends mails until interrupted. Outages only delay it. */
export const sendMails: Effect.Effect<
  never,
  never,
  IdGenerator | Leases | Mailer | MailRenderer | Outbox | TokenSigner
> = Effect.scoped(Effect.gen(function*() {
  const outbox = yield* Outbox
  const attempt = yield* makeAttempt
  const places = yield* Semaphore.make(ATTEMPTS_AT_ONCE)
  const lease = yield* holdLease
  const attempts = yield* FiberSet.make()
  yield* Effect.addFinalizer(() => Effect.timeoutOption(FiberSet.awaitEmpty(attempts), FAREWELL))

  const claim = Effect.gen(function*() {
    const now = yield* DateTime.now
    const [mail] = yield* outbox.claim({ now, until: DateTime.addDuration(now, LEASE_LIFETIME), limit: 1 })
    return mail
  })

  /** Begins an attempt at a mail that is due. Returns how long to wait if there is none. */
  const turn = Effect.gen(function*() {
    yield* places.take(1)
    const isOurs = yield* lease.renew
    const mail = isOurs ? yield* claim : undefined
    if (mail === undefined) {
      yield* places.release(1)
      return isOurs ? INTERVAL : PATIENCE
    }
    yield* FiberSet.run(attempts, Effect.ensuring(attempt(mail), places.release(1)), { startImmediately: true })
    return undefined
  }).pipe(Effect.onError(() => places.release(1)))

  const announce = Announcer.onChange("")
  const next = Effect.matchEffect(turn, {
    onSuccess: (pause) => Effect.as(announce("", Effect.logInfo("Mails are being sent again")), pause),
    onFailure: (outage) => {
      const [problem] = explainOutage(outage)
      return Effect.as(announce(problem, Effect.logWarning(`Mails can't be sent now. ${problem}`)), PATIENCE)
    }
  }).pipe(Effect.catchDefect((defect) => Effect.as(Effect.logError("Mails can't be sent now", defect), PATIENCE)))
  while (true) {
    const pause = yield* next
    if (pause !== undefined) yield* Effect.sleep(pause)
  }
}))

/** The lease of this node, given back when the scope closes. */
const holdLease = Effect.gen(function*() {
  const leases = yield* Leases
  const holder = yield* (yield* IdGenerator).holderId
  let until = DateTime.makeUnsafe(0)
  yield* Effect.addFinalizer(() => Effect.ignore(leases.release({ name: LEASE, holder })))

  /** Takes or renews the lease, if need be. Returns whether it is ours for long enough. */
  const renew = Effect.gen(function*() {
    const now = yield* DateTime.now
    if (DateTime.isLessThan(DateTime.addDuration(now, ATTEMPT_MAX), until)) return true
    const end = DateTime.addDuration(now, LEASE_LIFETIME)
    if (!(yield* leases.acquire({ name: LEASE, holder, now, until: end }))) return false
    until = end
    return true
  })
  return { renew }
})
