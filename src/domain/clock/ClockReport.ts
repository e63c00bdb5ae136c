/**
 * Tells the operator of a machine how its clock agrees with the store's: by a metric all the time, and by a line in the
 * log whenever that changes.
 */
import { Effect, Metric } from "effect"
import * as Announcer from "../../kernel/Announcer.ts"
import { failure, ok, unchecked, warning } from "../../kernel/Finding.ts"
import type { Finding } from "../../kernel/Finding.ts"
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
  const { advice, detail } = judge(agreement, offset)
  return Effect.logWarning(`${detail} ${advice}`).pipe(Effect.annotateLogs({ "clock.offset_seconds": offset / 1000 }))
}

/** How the clock of this machine agrees with the store's, measured just now. */
export const judgeClock = ({ agreement, offsetMillis }: SharedClock["Service"]): Finding =>
  judge(agreement(), offsetMillis())

const judge = (agreement: ClockAgreement, offset: number): Finding => {
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
