/**
 * Reports to operators how this machine's clock agrees with the store's: always in a metric, and in the log whenever it
 * changes.
 */
import { Effect, Metric } from "effect"
import * as Announcer from "../../kernel/Announcer.ts"
import { failure, ok, unchecked, warning } from "../../kernel/Finding.ts"
import type { Finding } from "../../kernel/Finding.ts"
import { clockOffset } from "../telemetry/IdentityMetrics.ts"
import { describeOffset } from "./SharedClock.ts"
import type { ClockAgreement, SharedClock } from "./SharedClock.ts"

const INTERVAL = "1 second"

/** Checks every second until interrupted. One process of each node does it, because they share the machine's clock. */
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
  const { advice, detail } = findingOf(agreement, offset)
  return Effect.logWarning(`${detail} ${advice}`).pipe(Effect.annotateLogs({ "clock.offset_seconds": offset / 1000 }))
}

/** The finding about this machine's clock, from the latest reading. */
export const judgeClock = ({ agreement, offsetMillis }: SharedClock["Service"]): Finding =>
  findingOf(agreement(), offsetMillis())

const findingOf = (agreement: ClockAgreement, offset: number): Finding => {
  const detail = `The clock of this machine is ${describeOffset(offset)}.`
  switch (agreement) {
    case "unknown":
      return unchecked("clock", "the database did not tell the time")
    case "close":
      return ok("clock", "The clock of this machine agrees with the database's.")
    case "off":
      return warning("clock", `${detail} The database's decides.`, SET_RIGHT)
    case "far-off":
      return failure(
        "clock",
        `${detail} The database's decides, the server is not ready and deletes nothing.`,
        SET_RIGHT
      )
  }
}

const SET_RIGHT = "Set it right, or that of the database."
