/** What a figure was measured on and with; without it a figure says nothing. */
import { Effect } from "effect"
import { availableParallelism, cpus, loadavg } from "node:os"
import type { LoadGenerator } from "./Load.ts"
import { execute, MAINTENANCE } from "./Postgres.ts"
import type { Postgres } from "./Postgres.ts"

export const describeMachine = Effect.fnUntraced(function*(postgres: Postgres, load: LoadGenerator) {
  const [row] = yield* execute(postgres.url(MAINTENANCE), "SHOW server_version")
  return {
    CPU: `${cpus()[0]?.model.trim() ?? "unknown"} × ${availableParallelism()}`,
    Node: process.version,
    Postgres: String(row?.["server_version"]),
    load: load.name,
    "load average": loadavg().map((value) => value.toFixed(1)).join(" ")
  }
})
