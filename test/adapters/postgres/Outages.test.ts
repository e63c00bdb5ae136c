import { assert, layer } from "@effect/vitest"
import { Clock, Duration, Effect, Layer, Option, Result, Schedule } from "effect"
import * as PostgresClient from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import * as PostgresSchemaMigrator from "../../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import { emailKey } from "../../../src/domain/model/Email.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { SchemaMigrator } from "../../../src/ports/SchemaMigrator.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import {
  anAccount,
  anAccountId,
  anEmail,
  anEvent,
  anInsertion,
  aSession,
  aStart,
  atVersion,
  START
} from "../../support/builders.ts"
import { postgresStores } from "../../support/stores.ts"
import { DisposableServer } from "./DisposableServer.ts"
import { execute } from "./TestClient.ts"

const poolMax = 4
const timeout = Duration.millis(600)

// What a loaded machine may add to a deadline.
const slackMs = 1_000

const client = Layer.unwrap(
  Effect.map(DisposableServer, ({ url }) => PostgresClient.layer({ target: { url }, poolMax, timeout }))
)

const migrated = Layer.effectDiscard(Effect.flatMap(SchemaMigrator, ({ migrate }) => migrate)).pipe(
  Layer.provide(PostgresSchemaMigrator.layer)
)

const store = Layer.provideMerge(postgresStores, Layer.provideMerge(migrated, client)).pipe(
  Layer.provideMerge(DisposableServer.layer)
)

const signedIn = Effect.gen(function*() {
  const accountStore = yield* AccountStore
  const sessionStore = yield* SessionStore
  const account = anAccount()
  yield* accountStore.insertAccount(anInsertion(account))
  const session = aSession(account)
  assert.isTrue(Option.isSome(yield* sessionStore.insertSession(aStart(session))))
  return { account, session }
})

const lookUp = Effect.flatMap(AccountStore, (store) => store.findAccount(anAccountId()))

/** As many look-ups at the same time as there are connections, and twice as many that have to wait. */
const crowd = Effect.forEach(
  Array.from({ length: poolMax * 3 }),
  () => Effect.timed(Effect.result(lookUp)),
  { concurrency: "unbounded" }
)

const assertRefusedInTime = (
  outcomes: ReadonlyArray<readonly [Duration.Duration, Result.Result<unknown, unknown>]>
) => {
  for (const [duration, result] of outcomes) {
    assert.isTrue(Result.isFailure(result))
    if (Result.isFailure(result)) assert.propertyVal(result.failure, "_tag", "StoreUnavailable")
    assert.isBelow(Duration.toMillis(duration), Duration.toMillis(timeout) + slackMs)
  }
}

/** Fails unless everybody is answered again within the time the service promises. */
const recovers = Effect.gen(function*() {
  const startedAt = yield* Clock.currentTimeMillis
  yield* lookUp.pipe(Effect.retry({ schedule: Schedule.spaced("20 millis"), times: 200 }))
  assert.isBelow((yield* Clock.currentTimeMillis) - startedAt, 2_000)
  for (const [, result] of yield* crowd) assert.isTrue(Result.isSuccess(result))
})

/** Finds the server running, whatever became of it before. */
const anew = <E>(test: Effect.Effect<void, E, DisposableServer | AccountStore | SessionStore>) =>
  Effect.andThen(Effect.flatMap(DisposableServer, (server) => server.start), test)

layer(store, { excludeTestServices: true })("postgres outages", (it) => {
  for (const signal of ["SIGQUIT", "SIGKILL"] as const) {
    it.effect(`[ASVS 16.5.2] a server ended by ${signal} is unavailable at once, and is found again when it accepts`, () =>
      anew(
        Effect.gen(function*() {
          const server = yield* DisposableServer
          const { account, session } = yield* signedIn
          yield* crowd
          yield* server.end(signal)
          assertRefusedInTime(yield* crowd)
          const [duration] = yield* Effect.timed(Effect.result(lookUp))
          assert.isBelow(Duration.toMillis(duration), Duration.toMillis(timeout))
          yield* server.start
          yield* recovers
          const found = yield* Effect.flatMap(SessionStore, (store) => store.findSession(session.id))
          assert.deepStrictEqual(found, Option.some({ session, account }))
        })
      ))
  }

  it.effect("[ASVS 16.5.2] connections that the server terminates are replaced", () =>
    anew(
      Effect.gen(function*() {
        const { url } = yield* DisposableServer
        yield* crowd
        yield* execute(
          { url },
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
        )
        yield* recovers
      })
    ))

  it.effect("[ASVS 16.5.2] a frozen server is given up in time, whether connected or not, and used again once it goes on", () =>
    anew(
      Effect.gen(function*() {
        const server = yield* DisposableServer
        yield* crowd
        yield* Effect.acquireUseRelease(server.freeze, () =>
          Effect.gen(function*() {
            assertRefusedInTime(yield* crowd)
            // By now every connection has been given up, so these wait for new ones.
            assertRefusedInTime(yield* crowd)
          }), () => server.thaw)
        yield* recovers
      })
    ))

  it.effect("[ASVS 13.1.2] a write that waits behind a lock is refused in time, and nothing of it is left", () =>
    anew(
      Effect.gen(function*() {
        const { url } = yield* DisposableServer
        const store = yield* AccountStore
        const { account } = yield* signedIn
        const email = anEmail()
        const update = store.updateAccount({
          id: account.id,
          precondition: atVersion(1),
          updatedAt: START,
          email,
          endSessions: false,
          commit: { audit: anEvent({ account }) }
        })
        const other = PostgresClient.layer({ target: { url }, poolMax: 1, timeout: Duration.seconds(5) })
        yield* Effect.flatMap(
          PostgresClient.PostgresClient,
          ({ transact }) =>
            transact("Postgres.lock", (connection) =>
              Effect.gen(function*() {
                yield* connection.query("LOCK TABLE account_emails IN ACCESS EXCLUSIVE MODE")
                assertRefusedInTime(
                  yield* Effect.forEach(
                    Array.from({ length: poolMax * 3 }),
                    () => Effect.timed(Effect.result(update)),
                    { concurrency: "unbounded" }
                  )
                )
                return Result.succeed(undefined)
              }))
        ).pipe(Effect.provide(other))
        yield* recovers
        assert.deepStrictEqual(yield* store.findAccount(account.id), Option.some(account))
        assert.deepStrictEqual(yield* store.findAccountByEmail(emailKey(email)), Option.none())
      })
    ))

  it.effect("[ASVS 16.5.3] a read-only server still verifies sessions, refuses writes, and takes them again later", () =>
    anew(
      Effect.gen(function*() {
        const { url } = yield* DisposableServer
        const store = yield* SessionStore
        const { account, session } = yield* signedIn
        const setReadOnly = (value: "on" | "off") =>
          Effect.andThen(
            execute({ url }, `ALTER SYSTEM SET default_transaction_read_only = ${value}`),
            execute({ url }, "SELECT pg_reload_conf()")
          )
        const write = Effect.suspend(() => Effect.result(store.insertSession(aStart(aSession(account)))))
        yield* Effect.acquireUseRelease(setReadOnly("on"), () =>
          Effect.gen(function*() {
            const refused = yield* write.pipe(
              Effect.repeat({ until: Result.isFailure, schedule: Schedule.spaced("20 millis"), times: 50 })
            )
            assert.isTrue(Result.isFailure(refused))
            if (Result.isFailure(refused)) assert.strictEqual(refused.failure._tag, "StoreUnavailable")
            assert.isTrue(Option.isSome(yield* store.findSession(session.id)))
          }), () => setReadOnly("off"))
        yield* write.pipe(Effect.repeat({ until: Result.isSuccess, schedule: Schedule.spaced("20 millis"), times: 50 }))
        assert.isTrue(Option.isSome(yield* Effect.fromResult(yield* write)))
      })
    ))
})
