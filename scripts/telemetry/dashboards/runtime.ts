import type { Dashboard } from "../Description.ts"
import { database } from "./database.ts"
import { of, perSecond, quantile, query } from "./queries.ts"

const PROCESS = "{{instance}} {{worker}}"

const delay = (name: string) => query(of(`nodejs_eventloop_delay_${name}_seconds`), `${PROCESS} ${name}`)

export const runtime: Dashboard = {
  name: "runtime",
  title: "Runtime and database",
  text: "What the processes use, and how the database answers.",
  rows: [
    database,
    {
      title: "Memory",
      panels: [
        {
          title: "Memory available",
          text: "What is left to the process, limits of its container included.",
          unit: "bytes",
          queries: [query(of("process_memory_available_bytes"), PROCESS)],
          alerts: ["IdentityMemoryLow"]
        },
        {
          title: "Memory used",
          text: "Resident memory of the process, and the JavaScript heap that is part of it.",
          unit: "bytes",
          queries: [
            query(of("process_memory_usage_bytes"), PROCESS),
            query(of("v8js_memory_heap_used_bytes"), `${PROCESS} heap`)
          ]
        },
        {
          title: "Heap",
          text: "Share of the JavaScript heap's limit that is used.",
          unit: "ratio",
          queries: [query(`${of("v8js_memory_heap_used_bytes")} / ${of("v8js_memory_heap_limit_bytes")}`, PROCESS)],
          alerts: ["IdentityHeapFull"]
        }
      ]
    },
    {
      title: "CPU",
      panels: [
        {
          title: "CPU",
          text: "Share of the cores that are available to the instance.",
          unit: "ratio",
          queries: [query(`sum by (instance) (${of("process_cpu_utilization_ratio")})`, "{{instance}}")],
          alerts: ["IdentityCpuBusy"]
        },
        {
          title: "CPU time",
          text: "Seconds of CPU time a second, which are cores in use.",
          unit: "count",
          queries: [
            query(perSecond("instance, cpu_mode", "process_cpu_time_seconds_total"), "{{instance}} {{cpu_mode}}")
          ]
        },
        {
          title: "Event loop delay",
          text: "How late the event loop was in the last ten seconds: 99 of 100 times no later.",
          unit: "seconds",
          queries: [delay("p99")],
          alerts: ["IdentityEventLoopBlocked"]
        },
        {
          title: "Event loop delays",
          text: "The whole range of it.",
          unit: "seconds",
          queries: ["min", "mean", "p50", "p90", "max"].map(delay)
        },
        {
          title: "Event loop utilization",
          text: "Share of time in which the event loop was busy. At 1 the process can't take more.",
          unit: "ratio",
          queries: [query(of("nodejs_eventloop_utilization_ratio"), PROCESS)]
        }
      ]
    },
    {
      title: "Processes",
      panels: [
        {
          title: "Releases",
          text: "How many instances run which release.",
          unit: "count",
          queries: [
            query(`count by (version, schema) (${of("identity_build_info")})`, "{{version}}, schema {{schema}}")
          ]
        },
        {
          title: "Different releases",
          text: "How many releases run side by side.",
          unit: "count",
          queries: [query(`count(count by (version) (${of("identity_build_info")}))`, "releases")],
          alerts: ["IdentityVersionsDiffer"]
        },
        {
          title: "Certificate",
          text: "Days until the TLS certificate in use expires.",
          unit: "days",
          queries: [
            query(`(${of("identity_tls_certificate_expiry_timestamp_seconds")} - time()) / 86400`, PROCESS)
          ],
          alerts: ["IdentityCertificateExpires", "IdentityCertificateExpiresSoon"]
        },
        {
          title: "Outbound calls",
          text: "Exports over OTLP a second: the only calls to others over HTTP.",
          unit: "per second",
          queries: [
            query(
              perSecond("url_template, error_type", "http_client_request_duration_seconds_count"),
              "{{url_template}} {{error_type}}"
            )
          ]
        },
        {
          title: "Time of outbound calls",
          text: "What 99 of 100 exports took no longer than. There are none without a collector.",
          unit: "seconds",
          queries: [
            query(
              `${quantile(0.99, "url_template", "http_client_request_duration_seconds")} or vector(0)`,
              "{{url_template}}"
            )
          ]
        },
        {
          title: "Failed exports in ten minutes",
          text: "Traces or metrics that did not reach their collector, by instance.",
          unit: "count",
          queries: [query(`increase(${of("identity:exports_failed:total")}[10m])`, "{{instance}}")],
          alerts: ["IdentityTelemetryLost"]
        },
        {
          title: "Uptime",
          text: "Since each process started.",
          unit: "seconds",
          queries: [query(of("process_uptime_seconds"), PROCESS)]
        },
        {
          title: "Workers",
          text: "With `IDENTITY_WORKERS` above 1: processes that answer requests.",
          unit: "count",
          queries: [query(`${of("identity_workers_serving")} or ${of("up")}`, "{{instance}}")]
        },
        {
          title: "Workers replaced in ten minutes",
          text: "Processes that ended and were replaced.",
          unit: "count",
          queries: [query(`increase(${of("identity:workers_replaced:total")}[10m])`, "{{instance}}")],
          alerts: ["IdentityWorkersDie"]
        },
        {
          title: "Log lines dropped in ten minutes",
          text: "Lines that nobody read in time.",
          unit: "count",
          queries: [query(`increase(${of("identity:log_lines_dropped:total")}[10m])`, "{{instance}}")],
          alerts: ["IdentityLogLinesDropped"]
        },
        {
          title: "Spans dropped in ten minutes",
          text: "Where traces are pushed: spans that the collector was too slow for.",
          unit: "count",
          queries: [query(`increase(${of("identity_spans_dropped_total")}[10m])`, "{{instance}}")]
        }
      ]
    }
  ]
}
