/**
 * The health of a Postgres database: a look-up of a session as every request makes it, under the same deadline, and one
 * statement about what this release needs.
 */
import { Brand, Effect, Layer } from "effect"
import type { SessionId } from "../../../domain/model/Session.ts"
import { StoreHealth } from "../../../ports/StoreHealth.ts"
import { PostgresClient } from "../connection/PostgresClient.ts"
import { lookUpOne } from "../sessions/PostgresSessionStore.ts"
import { findObstacles } from "./DatabaseRequirements.ts"

export const layer: Layer.Layer<StoreHealth, never, PostgresClient> = Layer.effect(
  StoreHealth,
  Effect.map(PostgresClient, (client) => {
    // A table that is not there or not to be read is what the other checks say more about.
    const check = client.read("StoreHealth.check", (connection) => lookUpOne(connection, nobodys)).pipe(
      Effect.catchIf(
        ({ reason }) => reason === "schema-outdated" || reason === "right-missing",
        () => Effect.void
      )
    )
    const obstacles = client.read("StoreHealth.findObstacles", findObstacles)
    return StoreHealth.of({
      obstacles: Effect.map(Effect.all([obstacles, check], { concurrency: "unbounded" }), ([found]) => found)
    })
  })
)

/** No id of a session looks like this. */
const nobodys = Brand.nominal<SessionId>()("nobody")
