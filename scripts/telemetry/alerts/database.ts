/** Alerts about the database's answers and its clock. */
import type { Alert } from "../Description.ts"
import { growth, of, UP } from "./shapes.ts"

const operations = (succeeded: string, failed: string) => ({
  ...UP,
  [`db_client_operation_duration_seconds_count{job="identity",instance="a",db_operation_name="findSession"}`]:
    succeeded,
  [`db_client_operation_duration_seconds_count{job="identity",instance="a",db_operation_name="findSession",error_type="57P01"}`]:
    failed
})

const offset = (values: string) => of("identity_clock_offset_seconds", values)

const timeouts = (values: string) => of("db_client_connection_timeouts_total", values)

const missing = (values: string) => of("identity_standbys_missing", values)

const whichFailures = [
  "`curl http://127.0.0.1:9090/readyz` says which check fails and why.",
  "The log: warnings about the database with `error.type`, an SQLSTATE or a reason of the network, and `advice`.",
  "*Runtime and database*: *Failed operations* by `error_type`."
]

export const databaseAlerts: ReadonlyArray<Alert> = [
  {
    name: "IdentityStoreDown",
    severity: "page",
    value: "rate(identity:store_failures:total[2m]) / (rate(identity:store_operations:total[2m]) > 0)",
    is: "above",
    threshold: 0.5,
    unit: "ratio",
    for: "1m",
    summary: "{{ $labels.instance }} can't use its database",
    means:
      "More than half of what the server asks of the database fails. Nobody can sign in or be checked; everything is " +
      "answered with 503 `unavailable` and `Retry-After`. Nothing that was acknowledged is lost.",
    look: whichFailures,
    act: [
      "Start Postgres again, or have the standby promoted. The server reconnects within two seconds by itself.",
      "`08P01`, `28…`: the URL, the password or the pooler is wrong. `53300`: too many connections.",
      "`53100`, a full disk: make room; sessions can be checked meanwhile."
    ],
    fires: { series: operations("0+10x5 50x20", "_x5 0+30x20"), at: "9m" },
    quiet: { series: operations("0+100x30", "_x5 0+30x20"), at: "9m" }
  },
  {
    name: "IdentityStoreFails",
    severity: "ticket",
    ...growth("store_failures", "5m"),
    for: "5m",
    summary: "Some operations of {{ $labels.instance }} on the database fail",
    means:
      "Single requests were answered with 503. The database is there, but something is wrong with it or the way to it.",
    look: whichFailures,
    act: [
      "`57014` and `deadline`: it is slow. Look for locks, long transactions, a disk that is busy.",
      "`57P01` and resets: something ends connections. `42501`: a right is missing, see docs/least-privilege.md."
    ],
    fires: { series: operations("0+100x30", "_x5 1+1x20"), at: "16m" },
    quiet: { series: operations("0+100x30", "_x5 1x20"), at: "16m" }
  },
  {
    name: "IdentityPoolStarved",
    severity: "page",
    ...growth("connection_timeouts", "5m"),
    for: "1m",
    summary: "Operations of {{ $labels.instance }} get no connection to the database in time",
    means:
      "All connections of the pool were in use for as long as `IDENTITY_DATABASE_TIMEOUT`, or none could be opened. Those " +
      "requests were answered with 503.",
    look: [
      "*Runtime and database*: *Connections* and *Slowest operations*. Few and slow: the database. Many and quick: the load.",
      "`SELECT state, wait_event, query FROM pg_stat_activity`: who waits for what?"
    ],
    act: [
      "The database is slow or down: see [IdentityStoreDown](IdentityStoreDown.md).",
      "It has room: raise `IDENTITY_DATABASE_POOL_MAX`, within `max_connections` of the database over all instances."
    ],
    fires: { series: timeouts("0x5 9x20"), at: "8m" },
    quiet: { series: timeouts("9x20"), at: "8m" }
  },
  {
    name: "IdentityStandbyAway",
    severity: "page",
    value: "identity_standbys_missing",
    is: "above",
    threshold: 0,
    unit: "count",
    for: "1m",
    summary: "Writes of {{ $labels.instance }} wait for a synchronous standby that doesn't confirm them",
    means:
      "Nobody can sign in, sign out or sign up: what writes is 503 after `IDENTITY_DATABASE_TIMEOUT`. Session checks are " +
      "answered, so `/readyz` stays 200. The database is asked once a minute.",
    look: [
      "`identity doctor`, check `standbys`.",
      "On the primary: `SELECT application_name, sync_state FROM pg_stat_replication`. No row is `sync` or `quorum`, or " +
      "one is of a standby that hangs."
    ],
    act: [
      "Bring the standby back; servers go on by themselves.",
      "If it takes long: [operations.md](../operations.md#the-synchronous-standby-is-away) says what else can be done and " +
      "what it risks."
    ],
    fires: { series: missing("0x5 1x20"), at: "8m" },
    quiet: { series: missing("0x5 1 0x20"), at: "8m" }
  },
  {
    name: "IdentityClockOff",
    severity: "ticket",
    value: "abs(identity_clock_offset_seconds)",
    is: "above",
    threshold: 2,
    unit: "seconds",
    for: "1m",
    summary: "The clock of {{ $labels.instance }} and that of its database are {{ $value | humanizeDuration }} apart",
    means: "The database's clock decides, so nothing is wrong yet. One of the two machines has lost its time source.",
    look: ["`timedatectl`, `chronyc tracking` on both machines: which is wrong?"],
    act: ["Set the wrong one right, slowly if it is the database's (`chronyc` slews): its jumps move every expiry."],
    fires: { series: offset("3x10"), at: "3m" },
    quiet: { series: offset("1x10"), at: "3m" }
  },
  {
    name: "IdentityClockFarOff",
    severity: "page",
    value: "abs(identity_clock_offset_seconds)",
    is: "above",
    threshold: 60,
    unit: "seconds",
    for: "1m",
    summary: "{{ $labels.instance }} is not ready: its clock and its database's are more than a minute apart",
    means:
      "`/readyz` is 503 and nothing is pruned. If it is the database's clock, every instance says so and nobody is served.",
    look: ["As for [IdentityClockOff](IdentityClockOff.md). All instances at once: it is the database's."],
    act: ["Set the wrong clock right. The server notices within a minute and is ready again."],
    fires: { series: offset("-90x10"), at: "3m" },
    quiet: { series: offset("-30x10"), at: "3m" }
  }
]
