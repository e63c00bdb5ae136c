/**
 * Leases on Postgres: one row each, taken by a conditional insertion.
 */
import { DateTime, Effect, Layer } from "effect"
import { Leases } from "../../ports/Leases.ts"
import { PostgresClient } from "./PostgresClient.ts"

export const layer: Layer.Layer<Leases, never, PostgresClient> = Layer.effect(
  Leases,
  Effect.map(PostgresClient, ({ run }) =>
    Leases.of({
      acquire: ({ holder, name, now, until }) =>
        run("Leases.acquire", (connection) =>
          Effect.map(
            connection.query(acquire, [name, holder, DateTime.toDateUtc(until), DateTime.toDateUtc(now)]),
            ({ rowCount }) => rowCount === 1
          )),
      release: ({ holder, name }) =>
        run("Leases.release", (connection) => Effect.asVoid(connection.query(release, [name, holder])))
    }))
)

const acquire = `
  INSERT INTO leases AS known (name, holder, held_until) VALUES ($1, $2, $3)
  ON CONFLICT (name) DO UPDATE SET holder = $2, held_until = $3 WHERE known.holder = $2 OR known.held_until <= $4`

const release = `DELETE FROM leases WHERE name = $1 AND holder = $2`
