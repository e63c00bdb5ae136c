/** Every metric that the code registers, by its name in Prometheus. */
import type { HashRefusal } from "../../src/adapters/crypto/HashQueue.ts"
import { adminMetrics } from "./admin-metrics.ts"
import type { MetricDescription } from "./Description.ts"
import { valuesOf } from "./label-values.ts"
import { mailMetrics } from "./mail-metrics.ts"
import { peopleMetrics } from "./people-metrics.ts"
import { storeMetrics } from "./store-metrics.ts"

const requests = {
  http_server_request_duration_seconds: {
    source: "http.server.request.duration",
    type: "histogram",
    labels: {
      http_request_method: "the method, `_OTHER` for one that no route takes",
      http_route: "the template, so that ids make no new series; `_OTHER` for a path nobody knows",
      http_response_status_code: "499 where the client went away before it was answered"
    },
    text: "how long requests took"
  },
  http_server_active_requests: {
    source: "http.server.active_requests",
    type: "gauge",
    labels: { http_request_method: "as above" },
    text: "requests under way"
  },
  identity_connections_refused_total: {
    source: "identity_connections_refused_total",
    type: "counter",
    text:
      "connections closed at once because `IDENTITY_CONNECTIONS_MAX` were open, or a quarter of that from one client"
  }
} satisfies Record<string, MetricDescription>

const hashing = {
  identity_password_hash_seconds: {
    source: "identity_password_hash_seconds",
    type: "histogram",
    text: "what one hash took to compute"
  },
  identity_password_hash_wait_seconds: {
    source: "identity_password_hash_wait_seconds",
    type: "histogram",
    text: "how long hashes waited for their turn, those that did not included"
  },
  identity_password_hash_queue_length: {
    source: "identity_password_hash_queue_length",
    type: "gauge",
    text: "hashes that wait for a core"
  },
  identity_password_hashes_refused_total: {
    source: "identity_password_hashes_refused_total",
    type: "counter",
    labels: {
      reason: valuesOf<HashRefusal>({
        time: "more than a second to wait",
        places: "too many wait",
        "network-share": "too many of one network",
        "account-share": "too many of one email"
      })
    },
    text: "hashes refused as `overloaded`"
  }
} satisfies Record<string, MetricDescription>

const processes = {
  identity_build_info: {
    source: "identity_build_info",
    type: "gauge",
    labels: { version: "the release", schema: "the number of its last migration" },
    text: "1"
  },
  identity_tls_certificate_expiry_timestamp_seconds: {
    source: "identity_tls_certificate_expiry_timestamp_seconds",
    type: "gauge",
    text: "when the TLS certificate in use expires. Signing keys don't expire"
  },
  http_client_request_duration_seconds: {
    source: "http.client.request.duration",
    type: "histogram",
    labels: {
      http_request_method: "`POST`",
      url_template: "`/v1/traces`, `/v1/metrics`",
      error_type: "the status or the class of the error, only on those that failed"
    },
    text: "how long exports over OTLP took, which are all that is asked of others over HTTP"
  },
  process_memory_usage_bytes: { source: "process.memory.usage", type: "gauge", text: "resident memory" },
  process_memory_available_bytes: {
    source: "process.memory.available",
    type: "gauge",
    text: "what is left to the process, container limits included"
  },
  v8js_memory_heap_used_bytes: { source: "v8js.memory.heap.used", type: "gauge", text: "JavaScript heap in use" },
  v8js_memory_heap_limit_bytes: {
    source: "v8js.memory.heap.limit",
    type: "gauge",
    text: "most JavaScript heap the process may use"
  },
  process_cpu_time_seconds_total: {
    source: "process.cpu.time",
    type: "counter",
    labels: { cpu_mode: "`user`, `system`" },
    text: "CPU time used"
  },
  process_cpu_utilization_ratio: {
    source: "process.cpu.utilization",
    type: "gauge",
    text: "share of the available cores, 0 to 1"
  },
  process_uptime_seconds: { source: "process.uptime", type: "gauge", text: "since the process started" },
  nodejs_eventloop_utilization_ratio: {
    source: "nodejs.eventloop.utilization",
    type: "gauge",
    text: "share of time the event loop was busy, 0 to 1"
  },
  nodejs_exceptions_total: {
    source: "nodejs.exceptions",
    type: "counter",
    labels: { error_type: "the class of the error" },
    text: "exceptions logged as errors"
  },
  identity_log_lines_dropped_total: {
    source: "identity_log_lines_dropped_total",
    type: "counter",
    text: "log lines nobody read in time"
  },
  identity_spans_dropped_total: {
    source: "identity_spans_dropped_total",
    type: "counter",
    text: "spans that found the queue to the collector full. Only where traces are pushed"
  },
  identity_workers_serving: {
    source: "identity_workers_serving",
    type: "gauge",
    text: "with `IDENTITY_WORKERS` above 1: processes that answer requests"
  },
  identity_workers_replaced_total: {
    source: "identity_workers_replaced_total",
    type: "counter",
    text: "such processes that ended and were replaced"
  }
} satisfies Record<string, MetricDescription>

const eventLoopDelays = Object.fromEntries(
  ["min", "max", "mean", "p50", "p90", "p99"].map((name): readonly [string, MetricDescription] => [
    `nodejs_eventloop_delay_${name}_seconds`,
    { source: `nodejs.eventloop.delay.${name}`, type: "gauge", text: `how late the event loop was: ${name}` }
  ])
)

export const metrics: Readonly<Record<string, MetricDescription>> = {
  ...requests,
  ...peopleMetrics,
  ...hashing,
  ...adminMetrics,
  ...mailMetrics,
  ...storeMetrics,
  ...processes,
  ...eventLoopDelays
}
