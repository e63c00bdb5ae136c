/**
 * Whether requests may be sent here, and if not, why.
 */
import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { SchemaMigrator } from "../../ports/SchemaMigrator.ts"
import { PROBLEM_MEDIA_TYPE } from "./api/ProblemForm.ts"
import { Unavailable } from "./api/Problems.ts"
import { CurrentRequest } from "./middleware/CurrentRequest.ts"
import type { RequestFacts } from "./middleware/CurrentRequest.ts"
import { Readiness } from "./Readiness.ts"
import { problemMembers, problemType } from "./Refusals.ts"

/** Each check by name, with what is wrong or `ok`. */
interface Checks {
  /** `is starting` until the public listener listens, `is draining` once it was told to end. */
  readonly server: string
  readonly store: string
  readonly schema: string
}

/** A probe that gets no answer is as bad as one that gets a bad one. */
const STORE_DEADLINE = "2 seconds"

export const make = Effect.gen(function*() {
  const readiness = yield* Readiness
  const migrator = yield* SchemaMigrator

  const store = migrator.pending.pipe(
    Effect.map((pending) => ({
      store: "ok",
      schema: pending.length === 0 ? "ok" : `has ${pending.length} pending migrations: run identity migrate`
    })),
    Effect.timeoutOrElse({ duration: STORE_DEADLINE, orElse: () => Effect.succeed(unreachable) }),
    Effect.catchTag("StoreUnavailable", () => Effect.succeed(unreachable))
  )

  /** Answers `/readyz`, with all checks run anew. */
  const respond = Effect.gen(function*() {
    const state = readiness.state()
    const checks: Checks = { server: state === "serving" ? "ok" : `is ${state}`, ...(yield* store) }
    return Object.values(checks).every((outcome) => outcome === "ok")
      ? HttpServerResponse.jsonUnsafe({ status: "ready", checks })
      : notReady(checks, yield* CurrentRequest)
  })

  return { respond }
})

const unreachable = { store: "can't be reached", schema: "is unknown" }

const notReady = (checks: Checks, request: RequestFacts): HttpServerResponse.HttpServerResponse => {
  const failing = Object.entries(checks).filter(([, outcome]) => outcome !== "ok")
  const problem = new Unavailable({
    type: problemType(request.publicUrl, Unavailable.code),
    detail: `Not ready: ${failing.map(([name, outcome]) => `${name} ${outcome}`).join(", ")}.`,
    request_id: request.id
  })
  return HttpServerResponse.jsonUnsafe({ ...problemMembers(problem), checks }, {
    status: problem.status,
    contentType: PROBLEM_MEDIA_TYPE
  })
}
