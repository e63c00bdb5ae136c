/** G4: how cost grows, by a model that is held against measurements it was not fitted to, and what machines carry. */
import { Effect } from "effect"
import { startPostgresWith } from "../machine/Postgres.ts"
import { connectionsCost } from "../model/connections.ts"
import { machinesCost } from "../model/machines.ts"
import { rowsCost } from "../model/rows.ts"
import { Bench, makeBench } from "../suite/Bench.ts"

/** It holds all rows of all databases, and connects all servers. */
const LARGE = { shared_buffers: "3GB", max_connections: "400" }

export const model = Effect.gen(function*() {
  const postgres = yield* startPostgresWith(LARGE)
  return yield* Effect.gen(function*() {
    const connections = yield* connectionsCost
    const rows = yield* rowsCost
    const machines = yield* machinesCost({
      connections: connections.model,
      excess: connections.excess,
      sessions: rows.sessions,
      accounts: rows.accounts
    })
    return [connections.findings, rows.findings, machines]
  }).pipe(Effect.provideService(Bench, makeBench({ ...yield* Bench, postgres })))
}).pipe(Effect.scoped)
