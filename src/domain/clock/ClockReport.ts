/**
 * Tells the operator of a machine how its clock agrees with the store's: by a metric all the time, and by a line in the
 * log whenever that changes.
 */
import { Effect, Metric } from "effect"
import * as Announcer from "../../kernel/Announcer.ts"
import { clockOffset } from "../telemetry/IdentityMetrics.ts"
import { describeOffset } from "./SharedClock.ts"
import type { ClockAgreement, SharedClock } from "./SharedClock.ts"

const INTERVAL = "1 second"

/** Looks every second until interrupted. One process of a node does it: they share the machine's clock. */
export const reportClock = Effect.fnUntraced(
  function*({ agreement, offsetMillis, settled }: SharedClock["Service"]): Effect.fn.Return<never> {
    const announce = Announcer.onChange<ClockAgreement>("close")
    yield* settled
    while (true) {
      const current = agreement()
      const offset = offsetMillis()
      if (current !== "unknown") {
        yield* Metric.update(clockOffset, offset / 1000)
        yield* announce(current, line(current, offset))
      }
      yield* Effect.sleep(INTERVAL)
    }
  }
)

const line = (agreement: ClockAgreement, offset: number): Effect.Effect<void> => {
  if (agreement === "close") return Effect.logInfo("The clock of this machine agrees with the database's again.")
  const consequence = agreement === "off"
    ? "The database's decides."
    : "The database's decides, the server is not ready and deletes nothing."
  return Effect.logWarning(
    `The clock of this machine is ${describeOffset(offset)}. ${consequence} Set it right, or that of the database.`
  ).pipe(Effect.annotateLogs({ "clock.offset_seconds": offset / 1000 }))
}
