import { assert, layer } from "@effect/vitest"
import { Cause, Effect, Exit, Logger, References } from "effect"
import { PostgresClient } from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import { clientAt } from "./TestClient.ts"

/** Lets Postgres fail with a SQLSTATE and words that nobody may see. */
const fail = Effect.fnUntraced(function*(state: string) {
  const { run } = yield* PostgresClient
  return yield* Effect.exit(
    run(
      "Postgres.fail",
      (connection) =>
        connection.query(`DO $$ BEGIN RAISE EXCEPTION 'canary' USING ERRCODE = '${state}', DETAIL = 'canary'; END $$`)
    )
  )
})

const outagesIn = (exit: Effect.Success<ReturnType<typeof fail>>) =>
  (Exit.isFailure(exit) ? exit.cause.reasons.filter(Cause.isFailReason) : []).map(
    ({ error }) => [error._tag, error.reason]
  )

layer(clientAt("read committed"))("failures of postgres", (it) => {
  const outages: ReadonlyArray<readonly [state: string, name: string, reason?: string]> = [
    ["08006", "connection_failure"],
    ["08P01", "protocol_violation", "settings-refused"],
    ["22021", "character_not_in_repertoire", "text-not-storable"],
    ["22P05", "untranslatable_character", "text-not-storable"],
    ["25006", "read_only_sql_transaction", "read-only"],
    ["26000", "invalid_sql_statement_name", "settings-refused"],
    ["28000", "invalid_authorization_specification", "login-refused"],
    ["28P01", "invalid_password", "login-refused"],
    ["3D000", "invalid_catalog_name", "database-absent"],
    ["42501", "insufficient_privilege", "right-missing"],
    ["42703", "undefined_column", "schema-outdated"],
    ["42883", "undefined_function", "schema-outdated"],
    ["42P05", "duplicate_prepared_statement", "settings-refused"],
    ["42P01", "undefined_table", "schema-outdated"],
    ["53100", "disk_full"],
    ["53300", "too_many_connections"],
    ["55P03", "lock_not_available"],
    ["57014", "query_canceled"],
    ["57P01", "admin_shutdown"],
    ["58030", "io_error"]
  ]
  for (const [state, name, reason] of outages) {
    it.effect(`${state} ${name} is an outage${reason === undefined ? "" : `: ${reason}`}`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(outagesIn(yield* fail(state)), [["StoreUnavailable", reason]])
      }).pipe(Effect.provideService(References.MinimumLogLevel, "Error")))
  }

  it.effect("40001 serialization_failure and 40P01 deadlock_detected are outages when they don't end", () =>
    Effect.gen(function*() {
      // Each is tried again a hundred times.
      const exits = yield* Effect.forEach(["40001", "40P01"], fail, { concurrency: 2 })
      assert.deepStrictEqual(exits.flatMap(outagesIn), [
        ["StoreUnavailable", undefined],
        ["StoreUnavailable", undefined]
      ])
    }).pipe(Effect.provideService(References.MinimumLogLevel, "Error")))

  for (const [state, name] of [["22P02", "invalid_text_representation"], ["23505", "unique_violation"]] as const) {
    it.effect(`${state} ${name} is a defect that names the operation and repeats nothing`, () =>
      Effect.gen(function*() {
        const exit = yield* fail(state)
        assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
        if (!Exit.isFailure(exit)) return
        assert.include(Cause.pretty(exit.cause), `Postgres.fail failed: SQLSTATE or kind ${state}`)
        assert.notInclude(JSON.stringify(exit.cause) + Cause.pretty(exit.cause), "canary")
      }))
  }

  it.effect("a connection to a server that became read-only or goes away is given up, any other kept", () =>
    Effect.gen(function*() {
      const { run } = yield* PostgresClient
      const process = Effect.map(
        run("Postgres.process", (connection) => connection.query("SELECT pg_backend_pid() AS pid")),
        ({ rows }) => rows[0]?.["pid"]
      )
      const isKeptAfter = Effect.fnUntraced(function*(state: string) {
        const before = yield* process
        yield* fail(state)
        return before === (yield* process)
      })
      const kept = yield* Effect.forEach(["25006", "57P01", "53100", "22P02"], isKeptAfter)
      assert.deepStrictEqual(kept, [false, false, true, true])
    }).pipe(Effect.provideService(References.MinimumLogLevel, "Error")))

  it.effect("[ASVS 16.3.4] an outage is logged with its reason, once in a while", () =>
    Effect.gen(function*() {
      const lines: Array<unknown> = []
      const capture = Logger.make(({ fiber, message }) => {
        lines.push([message, fiber.getRef(References.CurrentLogAnnotations)])
      })
      yield* Effect.all([fail("53100"), fail("53100"), fail("57014")]).pipe(Effect.provide(Logger.layer([capture])))
      assert.deepStrictEqual(lines, [[["The database is unavailable"], {
        "error.type": "53100",
        advice: "Make room on the disk of the database."
      }]])
    }).pipe(Effect.provide(clientAt("read committed"))))
})
