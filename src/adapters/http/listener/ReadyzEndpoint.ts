/**
 * Whether this server is ready for requests, and if not, why.
 */
import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { describeOffset, SharedClock } from "../../../domain/clock/SharedClock.ts"
import type { StoreUnavailable } from "../../../domain/model/IdentityErrors.ts"
import { SchemaMigrator } from "../../../ports/SchemaMigrator.ts"
import type { Migration } from "../../../ports/SchemaMigrator.ts"
import { StoreHealth } from "../../../ports/StoreHealth.ts"
import type { StoreObstacle } from "../../../ports/StoreHealth.ts"
import { PROBLEM_MEDIA_TYPE } from "../api/ProblemForm.ts"
import { Unavailable } from "../api/Problems.ts"
import { problemMembers, refuse } from "../exchange/Refusals.ts"
import { ListenerState } from "./ListenerState.ts"

/** The checks of the store by name. Each says what is wrong, or `ok`. */
interface StoreChecks {
  /** Whether it answers a session check in time. */
  readonly store: string
  readonly schema: string
  /** Whether its encoding and version are suitable. */
  readonly database: string
  /** Whether its role has the rights that the service needs. */
  readonly rights: string
  /** Whether it accepts writes. Without them session checks work, but sign-ins belong on another server. */
  readonly writes: string
}

interface Checks extends StoreChecks {
  /** `is starting` until the public listener listens, `is` and the phase once it is ending. */
  readonly server: string
  /** Whether the store's clock is known, and the machine's own is close to it. */
  readonly clock: string
}

/** For a probe, no answer is as bad as a negative one. */
const STORE_DEADLINE = "2 seconds"

export const make = Effect.gen(function*() {
  const listener = yield* ListenerState
  const migrator = yield* SchemaMigrator
  const health = yield* StoreHealth
  const time = yield* SharedClock

  const store = Effect.all([migrator.pending, health.obstacles], { concurrency: "unbounded" }).pipe(
    Effect.map(([pending, obstacles]) => answering(pending, obstacles)),
    Effect.timeoutOrElse({ duration: STORE_DEADLINE, orElse: () => Effect.succeed(unreachable) }),
    Effect.catchTag("StoreUnavailable", (outage) => Effect.succeed(unusable(outage)))
  )

  /** Answers `/readyz`. Every request runs all checks. */
  const answer = Effect.gen(function*() {
    const state = listener.state()
    const checks: Checks = {
      server: state === "serving" ? "ok" : `is ${state}`,
      ...(yield* store),
      clock: clockCheck(time)
    }
    return Object.values(checks).every((outcome) => outcome === "ok")
      ? HttpServerResponse.jsonUnsafe({ status: "ready", checks })
      : yield* notReady(checks)
  })

  return { answer }
})

const answering = (
  pending: ReadonlyArray<Migration>,
  obstacles: ReadonlyArray<StoreObstacle>
): StoreChecks => {
  const outcome = (check: StoreObstacle["check"]): string =>
    obstacles.filter((obstacle) => obstacle.check === check).map(({ problem }) => problem).join(" ") || "ok"
  return {
    store: "ok",
    schema: pending.length === 0 ? "ok" : `has ${pending.length} pending migrations: run identity migrate`,
    database: outcome("database"),
    rights: outcome("rights"),
    writes: outcome("writes")
  }
}

const unanswered = (store: string): StoreChecks => ({
  store,
  schema: "is unknown",
  database: "is unknown",
  rights: "is unknown",
  writes: "is unknown"
})

const unreachable = unanswered("can't be reached or does not answer in time")

const unusable = ({ reason }: StoreUnavailable): StoreChecks =>
  reason === undefined ? unreachable : unanswered(`can't be used: ${reason.replaceAll("-", " ")}`)

const clockCheck = ({ agreement, offsetMillis }: SharedClock["Service"]): string => {
  switch (agreement()) {
    case "unknown":
      return "is not known yet"
    case "far-off":
      return `is ${describeOffset(offsetMillis())}`
    case "close":
    case "off":
      return "ok"
  }
}

const notReady = (checks: Checks) => {
  const failing = Object.entries(checks).filter(([, outcome]) => outcome !== "ok")
  const detail = `Not ready: ${failing.map(([name, outcome]) => `${name} ${outcome}`).join(", ")}.`
  return Effect.map(
    Effect.flip(refuse(Unavailable, detail)),
    (problem) =>
      HttpServerResponse.jsonUnsafe({ ...problemMembers(problem), checks }, {
        status: problem.status,
        contentType: PROBLEM_MEDIA_TYPE
      })
  )
}
