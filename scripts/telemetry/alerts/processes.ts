/** Alerts about the resources of processes. */
import type { Alert } from "../Description.ts"
import { growth, of } from "./shapes.ts"

const MEBIBYTE = 1024 ** 2

export const processAlerts: ReadonlyArray<Alert> = [
  {
    name: "IdentityMemoryLow",
    severity: "page",
    value: "process_memory_available_bytes",
    is: "below",
    threshold: 64 * MEBIBYTE,
    unit: "bytes",
    for: "5m",
    summary: "Only {{ $value | humanize1024 }}B of memory are left to {{ $labels.instance }}",
    means: "The system or the container is about to run out of memory, and then kills a process.",
    look: ["*Runtime and database*, panel *Memory*: does ours grow, or somebody else's?"],
    act: [
      "Somebody else's: move it away. Ours with many connections: lower `IDENTITY_CONNECTIONS_MAX` (an idle one takes 25 KB).",
      "Ours, growing for days at equal traffic: restart it, and report a leak with the panel."
    ],
    fires: { series: of("process_memory_available_bytes", "30000000x20"), at: "10m" },
    quiet: { series: of("process_memory_available_bytes", "90000000x20"), at: "10m" }
  },
  {
    name: "IdentityHeapFull",
    severity: "page",
    value: "v8js_memory_heap_used_bytes / v8js_memory_heap_limit_bytes",
    is: "above",
    threshold: 0.9,
    unit: "ratio",
    for: "5m",
    summary: "The JavaScript heap of {{ $labels.instance }} is 90 % full",
    means: "The process collects garbage most of the time, and ends when nothing more is to be had.",
    look: ["*Runtime and database*: *Heap* and *Event loop delay*."],
    act: ["Restart it. Raise `--max-old-space-size` if the machine has the memory, and report it with the panel."],
    fires: {
      series: { ...of("v8js_memory_heap_used_bytes", "95x20"), ...of("v8js_memory_heap_limit_bytes", "100x20") },
      at: "10m"
    },
    quiet: {
      series: { ...of("v8js_memory_heap_used_bytes", "80x20"), ...of("v8js_memory_heap_limit_bytes", "100x20") },
      at: "10m"
    }
  },
  {
    name: "IdentityCpuBusy",
    severity: "ticket",
    value: "sum by (job, instance) (process_cpu_utilization_ratio)",
    is: "above",
    threshold: 0.9,
    unit: "ratio",
    for: "10m",
    summary: "{{ $labels.instance }} has used 90 % of its cores for ten minutes",
    means: "There is nothing left for a burst. Session checks become slow first, then sign-ins are refused.",
    look: ["*Service*, panel *Requests by route*, and *Identity*, panel *Hashes waiting*: checks or hashes?"],
    act: ["Add an instance, or cores with `IDENTITY_WORKERS`. docs/performance.md says what a core does."],
    fires: { series: of("process_cpu_utilization_ratio", "0.95x30"), at: "15m" },
    quiet: { series: of("process_cpu_utilization_ratio", "0.8x30"), at: "15m" }
  },
  {
    name: "IdentityEventLoopBlocked",
    severity: "ticket",
    value: "nodejs_eventloop_delay_p99_seconds",
    is: "above",
    threshold: 0.1,
    unit: "seconds",
    for: "5m",
    summary: "{{ $labels.instance }} is too busy to answer in time",
    means:
      "Something keeps the process from looking at requests for more than 100 ms at a time. All requests wait for it.",
    look: ["*Runtime and database*: *CPU*, *Heap*. Is the machine shared with something that takes the cores?"],
    act: ["Give the process a core of its own; raise `IDENTITY_WORKERS`. With a core to spare it is a bug: report it."],
    fires: { series: of("nodejs_eventloop_delay_p99_seconds", "0.2x20"), at: "10m" },
    quiet: { series: of("nodejs_eventloop_delay_p99_seconds", "0.05x20"), at: "10m" }
  },
  {
    name: "IdentityWorkersDie",
    severity: "ticket",
    ...growth("workers_replaced", "10m"),
    summary: "A process of {{ $labels.instance }} has ended and was replaced: the log says how",
    means: "One of several processes ended. Its open requests were lost, and another took its place.",
    look: [
      "The log: `has ended and is replaced`, with `signal` or `exit_code`. `SIGKILL` is most often the system's memory."
    ],
    act: ["Memory: see [IdentityMemoryLow](IdentityMemoryLow.md). Anything else is a bug: report the lines before it."],
    fires: { series: of("identity_workers_replaced_total", "0x5 1x20"), at: "8m" },
    quiet: { series: of("identity_workers_replaced_total", "2x30"), at: "20m" }
  },
  {
    name: "IdentityConnectionsRefused",
    severity: "ticket",
    ...growth("connections_refused", "5m"),
    summary: "{{ $labels.instance }} has as many connections as it may, and refuses more",
    means:
      "`IDENTITY_CONNECTIONS_MAX` are open, or a quarter of them by one client that is no trusted proxy. Idle ones count.",
    look: [
      "The log says which of the two it is.",
      "*Service*, panel *Requests under way*: many, or mostly idle connections?"
    ],
    act: [
      "It is your proxy: name it in `IDENTITY_TRUSTED_PROXIES`.",
      "People: raise the limit (25 KB each, 85 KB with TLS). Somebody who holds connections: block them at the proxy."
    ],
    fires: { series: of("identity_connections_refused_total", "_x5 7x20"), at: "8m" },
    quiet: { series: of("identity_connections_refused_total", "7x30"), at: "20m" }
  },
  {
    name: "IdentityLogLinesDropped",
    severity: "ticket",
    ...growth("log_lines_dropped", "10m"),
    summary: "The log of {{ $labels.instance }} is not read fast enough, and lines are missing",
    means: "The reader of stderr is slower than the log. Requests go on; lines beyond 1 MiB are dropped and counted.",
    look: ["The reader: journald's rate limit, a log shipper without a connection, a full disk."],
    act: [
      "Mend the reader, or log less with `IDENTITY_LOG_LEVEL=warn`. The audit log is not concerned: it is in the database."
    ],
    fires: { series: of("identity_log_lines_dropped_total", "0x5 100x20"), at: "8m" },
    quiet: { series: of("identity_log_lines_dropped_total", "100x30"), at: "20m" }
  }
]
