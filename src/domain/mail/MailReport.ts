/** Reports how many mails wait, and since when. */
import { DateTime, Duration, Effect, Metric, Option, Schedule } from "effect"
import { CommandName, typeable } from "../../kernel/CommandName.ts"
import { Directory } from "../../ports/Directory.ts"
import { mailOldest, mailsWaiting } from "../telemetry/IdentityMetrics.ts"

const INTERVAL = Duration.seconds(15)

const backlog = Effect.gen(function*() {
  const directory = yield* Directory
  return yield* directory.mailBacklog(yield* DateTime.now)
})

/** Sets metrics until interrupted. While the store can't be asked, they keep their last values. */
export const reportMails: Effect.Effect<void, never, Directory> = Effect.gen(function*() {
  const { oldest, waiting } = yield* backlog
  const now = yield* DateTime.now
  const age = Option.match(oldest, { onNone: () => Duration.zero, onSome: (since) => DateTime.distance(since, now) })
  yield* Metric.update(mailsWaiting, waiting)
  yield* Metric.update(mailOldest, Duration.toSeconds(age))
}).pipe(Effect.exit, Effect.repeat(Schedule.spaced(INTERVAL)), Effect.asVoid)

/** Logs a warning when a mail waits, for servers without a mail server. */
export const warnOfWaitingMails: Effect.Effect<void, never, Directory> = Effect.gen(function*() {
  const hasMails = Effect.match(backlog, { onSuccess: ({ waiting }) => waiting > 0, onFailure: () => false })
  yield* Effect.repeat(hasMails, { schedule: Schedule.spaced(INTERVAL), while: (found) => !found })
  yield* Effect.logWarning(typeable(
    "Mails wait, because there is no mail server. Set IDENTITY_SMTP_URL and IDENTITY_MAIL_FROM, or print a mail with " +
      "`identity show-mail`; `identity list-mails` shows which there are.",
    yield* CommandName
  ))
})
