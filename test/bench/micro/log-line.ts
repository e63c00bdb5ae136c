/** What it takes to write the log line of a request, beside what no way of doing it can avoid. */
import { Deferred, Effect, Logger } from "effect"
import { jsonLine } from "../../../src/platform/observability/LogLines.ts"
import { writing } from "./tasks.ts"

const FIELDS = {
  method: "GET",
  route: "/sessions/me",
  status: 200,
  duration_ms: 1.234,
  request_id: "01990f3a-7c55-7a2e-9d53-0d7b8c6d9e01",
  client_address: "192.0.2.7"
}

/**
 * The event that a logger is given for a request. Its fields are those of a fiber, which lives as long as the scope.
 */
const event = Effect.gen(function*() {
  const given = yield* Deferred.make<Logger.Options<unknown>>()
  const logger = Logger.make<unknown, void>((event) => Deferred.doneUnsafe(given, Effect.succeed(event)))
  yield* Effect.logInfo("GET /sessions/me 200").pipe(
    Effect.andThen(Effect.never),
    Effect.annotateLogs(FIELDS),
    Effect.provide(Logger.layer([logger])),
    Effect.forkScoped
  )
  return yield* Deferred.await(given)
})

export const logLines = Effect.gen(function*() {
  const given = yield* event
  const millis = given.date.getTime()
  const line = jsonLine(given, millis, {})
  if (!line.includes(FIELDS.client_address)) {
    return yield* Effect.die(new Error(`the line has lost its fields: ${line}`))
  }
  const fields: unknown = JSON.parse(line)
  return [
    writing("a log line", () => jsonLine(given, millis, {})),
    writing("`JSON.stringify` of its fields", () => JSON.stringify(fields))
  ]
})
