import { assert, it } from "@effect/vitest"
import { DateTime, Deferred, Effect, Fiber, Layer, Option, Result } from "effect"
import { PostgresClient } from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import type { SessionId } from "../../../src/domain/model/Session.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { signedIn, signedUp } from "../../contracts/session-store/signed-in.ts"
import { START } from "../../support/builders.ts"
import { postgresStores } from "../../support/stores.ts"
import { clientAt } from "./TestClient.ts"

const LATER = DateTime.addDuration(START, "1 hour")

const lastUse = (id: SessionId) =>
  Effect.flatMap(
    SessionStore,
    (store) => Effect.map(store.findSession(id), Option.map(({ session }) => DateTime.formatIso(session.lastUsedAt)))
  )

it.live("a use waits for nobody who changes a session, and keeps nobody else's from being noted", () =>
  Effect.gen(function*() {
    const store = yield* SessionStore
    const client = yield* PostgresClient
    const account = yield* signedUp()
    const [changing, free] = [yield* signedIn(account), yield* signedIn(account)]
    const locked = yield* Deferred.make<void>()
    const release = yield* Deferred.make<void>()
    const change = yield* Effect.forkChild(
      client.transactWithoutDeadline("Test.change", (connection) =>
        Effect.andThen(
          connection.query("SELECT id FROM sessions WHERE id = $1 FOR UPDATE", [changing.id]),
          Effect.andThen(Deferred.succeed(locked, undefined), Effect.map(Deferred.await(release), Result.succeed))
        ))
    )
    yield* Deferred.await(locked)
    yield* Effect.forEach(
      [changing, free],
      ({ expiresAt, id }) => store.touchSession({ id, lastUsedAt: LATER, expiresAt, unlessUsedSince: LATER }),
      { concurrency: "unbounded", discard: true }
    )
    yield* Deferred.succeed(release, undefined)
    yield* Fiber.join(change)
    assert.deepStrictEqual(yield* lastUse(changing.id), Option.some(DateTime.formatIso(START)))
    assert.deepStrictEqual(yield* lastUse(free.id), Option.some(DateTime.formatIso(LATER)))
  }).pipe(Effect.provide(postgresStores.pipe(Layer.provideMerge(clientAt("read committed"))))))
