/**
 * The identity store on Postgres, or on what speaks its language: nothing here needs foreign keys, triggers, sequences,
 * advisory locks or extensions.
 *
 * Races are decided by the database, at any of its isolation levels: claims are rows with a primary key, changes are
 * conditional, and an operation that loses a conflict is repeated whole.
 */
import { Effect, Layer } from "effect"
import { IdentityStore } from "../../ports/IdentityStore.ts"
import { accountOperations } from "./accounts/AccountOperations.ts"
import { PostgresClient } from "./connection/PostgresClient.ts"
import { batchedSessionOperations, sessionOperations } from "./sessions/SessionOperations.ts"

export const layer: Layer.Layer<IdentityStore, never, PostgresClient> = Layer.effect(
  IdentityStore,
  Effect.gen(function*() {
    const client = yield* PostgresClient
    const batched = yield* batchedSessionOperations(client)
    return IdentityStore.of({ ...accountOperations(client), ...sessionOperations(client, batched) })
  })
)
