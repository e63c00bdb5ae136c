/** Observes several processes: which one answered, which ones run, and their counts together. */
import { Effect, Redacted, Schedule } from "effect"
import * as Http from "node:http"
import { migratedDatabase } from "./Database.ts"
import { request, serve, untilReadiness } from "./IdentityProcess.ts"
import type { Server } from "./IdentityProcess.ts"

/** The settings of two workers on a database that is ready. */
export const migrated = Effect.gen(function*() {
  const { url } = yield* migratedDatabase
  return {
    IDENTITY_DATABASE_URL: Redacted.value(url),
    IDENTITY_SIGNING_KEYS: "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU",
    IDENTITY_RATE_LIMITS: "off",
    IDENTITY_WORKERS: "2"
  }
})

/** A server of two workers that serve. */
export const started = Effect.gen(function*() {
  const server = yield* serve(yield* migrated)
  yield* untilServing(server, 2)
  return server
})

export const person = (number: number) => ({ email: `ada${number}@example.com`, password: "a well kept secret" })

export const signUp = (server: Server, number: number) =>
  ask(server, "/accounts", { body: { ...person(number), display_name: "Ada" } })

export const kill = (pid: number | undefined, signal: NodeJS.Signals) =>
  Effect.sync(() => process.kill(pid ?? 0, signal))

type LogLine = Readonly<Record<string, unknown>>

/** All whole lines of the log. Fails with the text of the log if one is not JSON, such as that of a failed start. */
export const logLines = (server: Pick<Server, "log">): ReadonlyArray<LogLine> => {
  const log = server.log()
  try {
    return log.split("\n").slice(0, -1).map((line): LogLine => JSON.parse(line))
  } catch (cause) {
    throw new Error(`the log is not JSON:\n${log}`, { cause })
  }
}

export interface Answer {
  readonly status: number
  readonly requestId: string
  readonly body: string
}

/** One request. Without an agent it has a connection of its own. */
export const ask = (
  server: Server,
  path: string,
  options: { readonly agent?: Http.Agent; readonly headers?: Record<string, string>; readonly body?: unknown } = {}
): Effect.Effect<Answer, NodeJS.ErrnoException> =>
  Effect.callback((resume) => {
    const sent = Http.request(`${server.url}${path}`, {
      agent: options.agent ?? false,
      method: options.body === undefined ? "GET" : "POST",
      headers: { "content-type": "application/json", ...options.headers },
      timeout: 15_000
    }, (response) => {
      let body = ""
      response.on("data", (chunk) => body += String(chunk))
      response.on("error", (error) => resume(Effect.fail(error)))
      response.on("end", () =>
        resume(Effect.succeed({
          status: response.statusCode ?? 0,
          requestId: String(response.headers["x-request-id"]),
          body
        })))
    })
    sent.on("timeout", () => sent.destroy(Object.assign(new Error("No answer came"), { code: "ETIMEDOUT" })))
    sent.on("error", (error) => resume(Effect.fail(error)))
    sent.end(options.body === undefined ? undefined : JSON.stringify(options.body))
  })

/** Which worker answered a request, as the log says. */
export const workerOf = (server: Server, { requestId }: Answer) =>
  eventually(() => logLines(server).find((line) => line["request_id"] === requestId)?.["worker"])

/** The process ids of the workers that have begun to serve, the latest of each place. */
export const workerPids = (server: Server): ReadonlyMap<number, number> =>
  new Map(
    logLines(server).flatMap((line) => {
      const number = /^Worker (\d+) serves$/.exec(String(line["message"]))?.[1]
      return number === undefined ? [] : [[Number(number), Number(line["worker.pid"])]]
    })
  )

/** Waits until this many workers have begun to serve, replaced ones counted again. */
export const untilStarted = (server: Server, count: number) =>
  eventually(() =>
    logLines(server).filter(({ message }) => /^Worker \d+ serves$/.test(String(message))).length >= count || undefined
  )

export const eventually = <A>(look: () => A | undefined) =>
  Effect.suspend(() => {
    const found = look()
    return found === undefined ? Effect.fail("not yet") : Effect.succeed(found)
  }).pipe(Effect.retry(Schedule.spaced("20 millis")), Effect.timeout("20 seconds"))

export const metricsOf = (server: Server) =>
  request(`${server.managementUrl}/metrics`).pipe(
    Effect.flatMap((response) => Effect.promise(() => response.text()))
  )

/** The sum of a metric over all labels. */
export const valueOf = (metrics: string, name: string): number =>
  metrics.split("\n")
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0)

/** A ready server with a log that has the details tests need. */
export const untilServing = (server: Server, workers: number) =>
  Effect.andThen(untilReadiness(server, 200), untilStarted(server, workers))

/** Of requests that were answered. */
export const REQUESTS = "http_server_request_duration_seconds_count"

/** Waits until this many requests have reached a worker, whether or not they are answered. */
export const untilTaken = (server: Server, count: number) =>
  metricsOf(server).pipe(
    Effect.filterOrFail((metrics) =>
      valueOf(metrics, "http_server_active_requests") + valueOf(metrics, REQUESTS) >= count
    ),
    Effect.retry(Schedule.spaced("10 millis")),
    Effect.timeout("20 seconds")
  )
