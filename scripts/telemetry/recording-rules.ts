/**
 * Series that several panels and alerts use.
 *
 * A counter's series starts with its first event, and Prometheus sees no increase in a first sample. So the first burst
 * of errors would go unnoticed. Alerts therefore use a total for each instance that is 0 until something happens. While
 * the instance can't be scraped the total is absent and not 0, because otherwise old errors would look new afterwards.
 */
import type { RecordingRule } from "./Description.ts"

const totalled: Readonly<Record<string, string>> = {
  requests: "http_server_request_duration_seconds_count",
  errors: `http_server_request_duration_seconds_count{http_response_status_code=~"5.."}`,
  exceptions: "nodejs_exceptions_total",
  store_operations: "db_client_operation_duration_seconds_count",
  store_failures: `db_client_operation_duration_seconds_count{error_type!=""}`,
  sign_ins_succeeded: `identity_sign_ins_total{outcome="succeeded"}`,
  sign_ins_refused: `identity_sign_ins_total{outcome="refused"}`,
  second_factors_refused: `identity_second_factors_total{outcome="refused"}`,
  recovery_codes_used: `identity_second_factors_total{type="recovery_codes",outcome="succeeded"}`,
  passkeys_suspected: `identity_passkey_ceremonies_total{outcome="suspected"}`,
  recoveries_started: `identity_challenges_started_total{purpose="recovery"}`,
  codes_accepted: `identity_challenges_answered_total{outcome="succeeded"}`,
  codes_refused: `identity_challenges_answered_total{outcome="refused"}`,
  service_limits:
    `identity_attempts_limited_total{outcome="refused",budget=~"everywhere|signUpEverywhere|mailEverywhere|recoveryEverywhere"}`,
  hashes_refused: "identity_password_hashes_refused_total",
  mails_refused: `identity_mails_total{outcome="refused"}`,
  api_keys_refused: `identity_api_key_requests_total{outcome="refused"}`,
  connections_refused: "identity_connections_refused_total",
  log_lines_dropped: "identity_log_lines_dropped_total",
  connection_timeouts: "db_client_connection_timeouts_total",
  exports_failed: `http_client_request_duration_seconds_count{error_type!=""}`,
  workers_replaced: "identity_workers_replaced_total"
}

const totals = Object.entries(totalled).map(([name, series]): RecordingRule => ({
  record: `identity:${name}:total`,
  expr: `sum by (job, instance) (${series}) or 0 * sum by (job, instance) (up{job="identity"} == 1)`
}))

const slowest = (name: string, method: string, route: string): RecordingRule => ({
  record: `identity:${name}_seconds:p99`,
  expr: "histogram_quantile(0.99, sum by (job, instance, le) (rate(http_server_request_duration_seconds_bucket" +
    `{http_request_method="${method}",http_route="${route}"}[5m])))`
})

/** One request in 1,000 may fail. */
const BUDGET = 0.001

const windows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]

const errorRatios = windows.map((window): RecordingRule => ({
  record: `identity:error_ratio:${window}`,
  expr: `sum by (job) (rate(identity:errors:total[${window}])) / ` +
    `(sum by (job) (rate(identity:requests:total[${window}])) > 0)`
}))

/**
 * How many times too fast the error budget is used up, as the lesser of a long and a short window. The long window
 * shows that it matters, the short one that it is still happening.
 */
const burnRates = ([["1h", "5m"], ["6h", "30m"], ["1d", "2h"], ["3d", "6h"]] as const).map(([long, short]) => {
  const [slow, quick] = [`identity:error_ratio:${long}`, `identity:error_ratio:${short}`]
  return { record: `identity:burn_rate:${long}`, expr: `((${slow} < ${quick}) or ${quick}) / ${BUDGET}` }
})

export const recordingRules: ReadonlyArray<RecordingRule> = [
  ...totals,
  slowest("session_check", "GET", "/sessions/me"),
  slowest("sign_in", "POST", "/sessions"),
  ...errorRatios,
  ...burnRates
]
