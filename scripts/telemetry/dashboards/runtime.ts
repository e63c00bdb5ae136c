import type { Dashboard } from "../Description.ts"
import { of, perSecond, quantile, query } from "./queries.ts"

const OPERATIONS = "db_client_operation_duration_seconds"
const PROCESS = "{{instance}} {{worker}}"

const delay = (name: string) => query(of(`nodejs_eventloop_delay_${name}_seconds`), `${PROCESS} ${name}`)

export const runtime: Dashboard = {
  name: "runtime",
  title: "Runtime and database",
  text: "What the processes use, and how the database answers.",
  rows: [
    {
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
              `rate(${of("identity:store_failures:total")}[2m]) / (rate(${
                of("identity:store_operations:total")
              }[2m]) > 0)`,
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
          title: "Clock offset",
          text:
            "How far the clocks of the machine and of the database are apart. Beyond 60 seconds the server is not ready.",
          unit: "seconds",
          queries: [query(`abs(${of("identity_clock_offset_seconds")})`, "{{instance}}")],
          alerts: ["IdentityClockOff", "IdentityClockFarOff"]
        }
      ]
    },
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
        }
      ]
    }
  ]
}
