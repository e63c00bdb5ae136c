/** The metrics of the database and its records. */
import type { recordsPruned } from "../../src/domain/telemetry/IdentityMetrics.ts"
import type { MetricDescription } from "./Description.ts"
import { valuesOf } from "./label-values.ts"

export const storeMetrics = {
  db_client_operation_duration_seconds: {
    source: "db.client.operation.duration",
    type: "histogram",
    labels: {
      db_system_name: "`postgresql`",
      db_operation_name: "the operation of the port",
      error_type: "SQLSTATE or the driver's reason, only on those that failed"
    },
    text: "how long operations on the database took, waiting for a connection included"
  },
  db_client_connection_count: {
    source: "db.client.connection.count",
    type: "gauge",
    labels: { db_client_connection_state: "`idle`, `used`" },
    text: "connections to the database"
  },
  db_client_connection_max: {
    source: "db.client.connection.max",
    type: "gauge",
    text: "most that there may be: `IDENTITY_DATABASE_POOL_MAX` of each process"
  },
  db_client_connection_pending_requests: {
    source: "db.client.connection.pending_requests",
    type: "gauge",
    text: "operations that wait for a connection"
  },
  db_client_connection_wait_time_seconds: {
    source: "db.client.connection.wait_time",
    type: "histogram",
    text: "how long operations waited for a connection that found none idle"
  },
  db_client_connection_timeouts_total: {
    source: "db.client.connection.timeouts",
    type: "counter",
    text: "operations that got no connection in time"
  },
  identity_records_estimate: {
    source: "identity_records_estimate",
    type: "gauge",
    labels: { kind: "`account`, `session`, `audit-entry`, `idempotency-key`, `attempt-budget`, `challenge`, `mail`" },
    text:
      "about how many records there are, including expired ones that haven't been deleted yet. Nothing is counted: it is " +
      "what Postgres' own statistics say, asked for once a minute"
  },
  identity_schema_pending_migrations: {
    source: "identity_schema_pending_migrations",
    type: "gauge",
    text: "migrations that this release has and the database has not"
  },
  identity_standbys_missing: {
    source: "identity_standbys_missing",
    type: "gauge",
    text:
      "synchronous standbys that every write waits for and that don't confirm it, asked for once a minute. Above 0, what " +
      "writes is 503 while session checks are answered"
  },
  identity_clock_offset_seconds: {
    source: "identity_clock_offset_seconds",
    type: "gauge",
    text:
      "the database's clock minus the machine's, negative where the machine is ahead. The database's decides; beyond 60 " +
      "seconds the server is not ready and deletes nothing ([0017](adr/0017-one-clock.md))"
  },
  identity_records_pruned_total: {
    source: "identity_records_pruned_total",
    type: "counter",
    labels: {
      kind: valuesOf<Parameters<typeof recordsPruned>[0]>({
        session: "",
        "idempotency-key": "",
        "attempt-budget": "",
        challenge: "",
        mail: "",
        "audit-entry": ""
      })
    },
    text: "records that were over and are forgotten"
  },
  identity_prune_seconds: {
    source: "identity_prune_seconds",
    type: "histogram",
    text: "what one round of house-keeping took"
  },
  identity_prune_completed_timestamp_seconds: {
    source: "identity_prune_completed_timestamp_seconds",
    type: "gauge",
    text: "when this server last did a round, or began to do them. One of several does them; the greatest counts"
  },
  identity_audit_verified_timestamp_seconds: {
    source: "identity_audit_verified_timestamp_seconds",
    type: "gauge",
    text: "when this server last verified the audit log, which it does once a day, first ten minutes after its start"
  },
  identity_audit_breaks: {
    source: "identity_audit_breaks",
    type: "gauge",
    text: "places where the audit log was then not what its writers left"
  }
} satisfies Record<string, MetricDescription>
