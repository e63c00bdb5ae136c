import type { Row } from "../Description.ts"
import { of, perSecond, quantile, query } from "./queries.ts"

const OPERATIONS = "db_client_operation_duration_seconds"

/** Panels of the dashboard of the runtime. */
export const database: Row = {
  title: "Database",
  panels: [
    {
      title: "Operations",
      text: "Operations on the database a second.",
      unit: "per second",
      queries: [query(perSecond("db_operation_name", `${OPERATIONS}_count`), "{{db_operation_name}}")]
    },
    {
      title: "Slowest operations",
      text: "99 of 100 operations take no longer, waiting for a connection included.",
      unit: "seconds",
      queries: [query(quantile(0.99, "db_operation_name", OPERATIONS), "{{db_operation_name}}")]
    },
    {
      title: "Share of failed operations",
      text: "Of all operations on the database, those that failed, by instance.",
      unit: "ratio",
      queries: [
        query(
          `rate(${of("identity:store_failures:total")}[2m]) / (rate(${of("identity:store_operations:total")}[2m]) > 0)`,
          "{{instance}}"
        )
      ],
      alerts: ["IdentityStoreDown"]
    },
    {
      title: "Failed operations",
      text: "Failures in five minutes, by instance.",
      unit: "count",
      queries: [query(`increase(${of("identity:store_failures:total")}[5m])`, "{{instance}}")],
      alerts: ["IdentityStoreFails"]
    },
    {
      title: "Failures by type",
      text: "Failures a second by SQLSTATE or the driver's reason.",
      unit: "per second",
      queries: [
        query(perSecond("db_operation_name, error_type", `${OPERATIONS}_count`, `error_type!=""`), "{{error_type}}")
      ]
    },
    {
      title: "Connections",
      text: "Connections to the database by state, and the most that there may be.",
      unit: "count",
      queries: [
        query(
          `sum by (db_client_connection_state) (${of("db_client_connection_count")})`,
          "{{db_client_connection_state}}"
        ),
        query(`sum(${of("db_client_connection_max")})`, "most")
      ]
    },
    {
      title: "Waiting for a connection",
      text: "Operations that wait for a connection now.",
      unit: "count",
      queries: [query(of("db_client_connection_pending_requests"), "{{instance}}")]
    },
    {
      title: "Time waited for a connection",
      text: "What 99 of 100 operations waited no longer than, of those that found no connection idle.",
      unit: "seconds",
      queries: [query(quantile(0.99, "", "db_client_connection_wait_time_seconds"), "p99")]
    },
    {
      title: "No connection in time, five minutes",
      text: "Operations that got no connection before their deadline, by instance.",
      unit: "count",
      queries: [query(`increase(${of("identity:connection_timeouts:total")}[5m])`, "{{instance}}")],
      alerts: ["IdentityPoolStarved"]
    },
    {
      title: "Pending migrations",
      text: "Migrations that an instance waits for.",
      unit: "count",
      queries: [query(of("identity_schema_pending_migrations"), "{{instance}}")],
      alerts: ["IdentitySchemaOutdated"]
    },
    {
      title: "Missing standbys",
      text: "Synchronous standbys that every write waits for and that don't confirm it.",
      unit: "count",
      queries: [query(of("identity_standbys_missing"), "{{instance}}")],
      alerts: ["IdentityStandbyAway"]
    },
    {
      title: "Clock offset",
      text:
        "How far the clocks of the machine and of the database are apart. Beyond 60 seconds the server is not ready.",
      unit: "seconds",
      queries: [query(`abs(${of("identity_clock_offset_seconds")})`, "{{instance}}")],
      alerts: ["IdentityClockOff", "IdentityClockFarOff"]
    }
  ]
}
