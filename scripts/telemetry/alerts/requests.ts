/** Alerts about failed and slow requests. */
import type { Alert } from "../Description.ts"
import { growth, of, UP } from "./shapes.ts"

/** Successful requests, ten a second by default, and some failed ones. */
const served = (failed: string, well = "0+600x60") => ({
  ...UP,
  [`http_server_request_duration_seconds_count{job="identity",instance="a",http_response_status_code="200"}`]: well,
  [`http_server_request_duration_seconds_count{job="identity",instance="a",http_response_status_code="503"}`]: failed
})

/** The time after which enough requests have failed for every window. */
const LATER = "45m"

const whichErrors = [
  "*Service*, panel *Errors by route and status*: 503 on all routes is the database; 503 on `POST /sessions` alone is the " +
  "queue of hashes; 500 is a bug.",
  "The log: lines with `\"level\":\"error\"`, and `error.type` in warnings about the database. `/readyz` names the check " +
  "that fails."
]
const mendErrors = [
  "503 `unavailable`: bring the database back, see [IdentityStoreDown](IdentityStoreDown.md).",
  "503 `overloaded`: see [IdentityHashesRefused](IdentityHashesRefused.md).",
  "500: if it began with a release, go back to the one before; migrations leave it working. Report the stack."
]

const burn = (
  rate: { readonly name: string; readonly window: string; readonly times: number; readonly gone: string },
  severity: Alert["severity"],
  fires: Alert["fires"]["series"],
  quiet: Alert["quiet"]["series"]
): Alert => ({
  name: `IdentityErrorBudget${rate.name}`,
  severity,
  value: `identity:burn_rate:${rate.window}`,
  is: "above",
  threshold: rate.times,
  unit: "times",
  provided: `and on (job) sum by (job) (increase(identity:errors:total[${rate.window}])) > 10`,
  summary: `Requests fail ${rate.times} times as often as 99.9 % allow: a month's errors are used up in ${rate.gone}`,
  means: `Of 1,000 requests one may fail (5xx). Over the last ${rate.window}, and still now, they fail ${rate.times} ` +
    `times as often, so the errors of 30 days are used up in ${rate.gone}. The alert needs more than ten failures, so ` +
    "that a few on a quiet day don't fire it.",
  look: whichErrors,
  act: mendErrors,
  fires: { series: fires, at: LATER },
  quiet: { series: quiet, at: LATER }
})

export const requestAlerts: ReadonlyArray<Alert> = [
  {
    name: "IdentityDown",
    severity: "page",
    value: `up{job="identity"}`,
    is: "below",
    threshold: 1,
    unit: "count",
    for: "1m",
    summary: "{{ $labels.instance }} can't be scraped",
    means:
      "Prometheus gets no answer from the management port. The process is gone, stuck, or can't be reached. People are " +
      "served by the other instances, if there are any.",
    look: [
      "Whether the process runs (`systemctl status identity`, `docker ps`) and the end of its log.",
      "`curl http://HOST:9090/livez` on the machine: an answer there means that the network or a firewall is in the way."
    ],
    act: [
      "Start it. Exit code 2 means that a setting is wrong, and the log says which.",
      "Killed by the system: give it more memory, see [IdentityMemoryLow](IdentityMemoryLow.md)."
    ],
    fires: { series: { [`up{job="identity",instance="a"}`]: "1 1 0x10" }, at: "5m" },
    quiet: { series: { [`up{job="identity",instance="a"}`]: "1 0 1x10" }, at: "2m" }
  },
  {
    name: "IdentityErrorResponses",
    severity: "page",
    ...growth("errors", "5m", 5),
    summary: "{{ $value | printf \"%.0f\" }} error responses of {{ $labels.instance }} in five minutes",
    means: "More than five requests in five minutes were answered with a status of 500 or above.",
    look: whichErrors,
    act: mendErrors,
    fires: { series: served("_x10 6x10"), at: "13m" },
    quiet: { series: served("_x10 4x10"), at: "13m" }
  },
  {
    name: "IdentityExceptions",
    severity: "ticket",
    ...growth("exceptions", "10m"),
    summary: "Exceptions on {{ $labels.instance }}: the log has the stack",
    means: "An unexpected error occurred. Its request was answered with 500.",
    look: [
      "The log: lines with `exception.type` have the stack, and `request_id` and `route` of the request.",
      "*Service*, panel *Exceptions by type*."
    ],
    act: [
      "Report it with its stack, which holds nothing of what was sent.",
      "If it is frequent, go back to the release before."
    ],
    fires: {
      series: of("nodejs_exceptions_total", "_x5 1x20", `error_type="TypeError"`),
      at: "7m"
    },
    quiet: {
      series: of("nodejs_exceptions_total", "3x40", `error_type="TypeError"`),
      at: "30m"
    }
  },
  {
    name: "IdentitySlow",
    severity: "ticket",
    value: "identity:session_check_seconds:p99",
    is: "above",
    threshold: 0.25,
    unit: "seconds",
    for: "10m",
    summary: "1 % of the session checks on {{ $labels.instance }} take more than 250 ms",
    means: "Every page of an application waits for a session check, so all of it feels slow.",
    look: [
      "*Runtime and database*: is the database slow (*Slowest operations*), the pool used up (*Connections*), or the event loop " +
      "late?",
      "*Service*, panel *Requests by route*: did traffic rise?"
    ],
    act: [
      "Database: look for long transactions and a missing `VACUUM`.",
      "CPU: raise `IDENTITY_WORKERS`, or add an instance."
    ],
    fires: { series: checks("0+10x60", "0+600x60"), at: "30m" },
    quiet: { series: checks("0+599x60", "0+600x60"), at: "30m" }
  },
  {
    name: "IdentitySignInsSlow",
    severity: "ticket",
    value: "identity:sign_in_seconds:p99",
    is: "above",
    threshold: 2.5,
    unit: "seconds",
    for: "10m",
    summary: "1 % of the sign-ins on {{ $labels.instance }} take more than 2.5 seconds",
    means: "Sign-ins wait for a core to hash the password, or for the database.",
    look: [
      "*Identity*: *Hashes waiting* and *Time of a hash*.",
      "*Runtime and database*: *CPU* and *Slowest operations*."
    ],
    act: [
      "More sign-ins than cores: add an instance. Never lower the cost of hashes for it.",
      "Somebody guesses passwords: see [IdentitySignInsRefused](IdentitySignInsRefused.md)."
    ],
    fires: { series: signIns("0+10x60", "0+600x60"), at: "30m" },
    quiet: { series: signIns("0+599x60", "0+600x60"), at: "30m" }
  },
  burn(
    { name: "BurnsFast", window: "1h", times: 14.4, gone: "two days" },
    "page",
    served("0+10x60"),
    // Three failures in thirty requests.
    served("_x10 0 1 2 3x40", "0+1x30 30x30")
  ),
  burn({ name: "Burns", window: "6h", times: 6, gone: "five days" }, "page", served("0+4x60"), served("0+3x60")),
  burn(
    { name: "BurnsSlowly", window: "1d", times: 3, gone: "ten days" },
    "ticket",
    served("0+2x60"),
    served("0+1.5x60")
  ),
  burn({ name: "Leaks", window: "3d", times: 1, gone: "30 days" }, "ticket", served("0+0.7x60"), served("0+0.5x60"))
]

function checks(quick: string, all: string) {
  return latencies(`http_request_method="GET",http_route="/sessions/me"`, ["0.25", "0.5"], quick, all)
}

function signIns(quick: string, all: string) {
  return latencies(`http_request_method="POST",http_route="/sessions"`, ["2.5", "5"], quick, all)
}

/** A histogram with `quick` requests up to the first boundary, and all of them up to the second. */
function latencies(labels: string, [low, high]: readonly [string, string], quick: string, all: string) {
  const bucket = (le: string) =>
    `http_server_request_duration_seconds_bucket{job="identity",instance="a",${labels},le="${le}"}`
  return { ...UP, [bucket(low)]: quick, [bucket(high)]: all, [bucket("+Inf")]: all }
}
