/**
 * Checks a Postgres database: it looks up a session as every request does, under the same deadline, and checks this
 * release's requirements in one statement.
 */
import { Brand, Effect, Layer } from "effect"
import type { SessionId } from "../../../domain/model/Session.ts"
import { StoreHealth } from "../../../ports/StoreHealth.ts"
import { PostgresClient } from "../connection/PostgresClient.ts"
import { isSchemaUnusable } from "../connection/StoreFailure.ts"
import { lookUpOne } from "../sessions/PostgresSessionStore.ts"
import { findObstacles } from "./DatabaseRequirements.ts"
import { readStandbys } from "./SynchronousStandbys.ts"

export const layer: Layer.Layer<StoreHealth, never, PostgresClient> = Layer.effect(
  StoreHealth,
  Effect.map(PostgresClient, (client) => {
    // The other checks explain a table that is missing or unreadable better.
    const check = client.read(
      "StoreHealth.check",
      (connection) => Effect.catchIf(lookUpOne(connection, absentSession), isSchemaUnusable, () => Effect.void)
    )
    const obstacles = client.read("StoreHealth.findObstacles", findObstacles)
    return StoreHealth.of({
      standbysMissing: Effect.map(client.read("StoreHealth.standbysMissing", readStandbys), ({ missing }) => missing),
      obstacles: Effect.map(Effect.all([obstacles, check], { concurrency: "unbounded" }), ([found]) => found)
    })
  })
)

/** No session has such an id. */
const absentSession = Brand.nominal<SessionId>()("nobody")
