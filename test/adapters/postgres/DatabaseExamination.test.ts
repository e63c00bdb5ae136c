import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { PostgresTarget } from "../../../src/adapters/postgres/connection/PostgresTarget.ts"
import { databaseChecks, examineDatabase } from "../../../src/adapters/postgres/upkeep/DatabaseExamination.ts"
import type { Demands } from "../../../src/adapters/postgres/upkeep/DatabaseExamination.ts"
import * as PostgresSchemaMigrator from "../../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import { SchemaMigrator } from "../../../src/ports/SchemaMigrator.ts"
import * as TestPostgres from "../../support/TestPostgres.ts"
import { databaseAs, everyRight } from "./databases-of-roles.ts"
import { DisposableServer } from "./DisposableServer.ts"
import { clientOf, execute } from "./TestClient.ts"

const modest: Demands = { connections: 10, prunesEntries: false }

const storeOf = (target: PostgresTarget) => Layer.provideMerge(PostgresSchemaMigrator.layer, clientOf(target))

const findingsAt = (target: PostgresTarget, demands = modest) =>
  Effect.provide(examineDatabase(demands), storeOf(target))

/** What is found that is not ok, by check, in a word and in full. */
const faultsAt = (target: PostgresTarget, demands = modest) =>
  Effect.map(
    findingsAt(target, demands),
    (findings) =>
      Object.fromEntries(
        findings.filter(({ outcome }) => outcome !== "ok").map(({ advice, check, detail, outcome }) => [
          check,
          `${outcome}: ${detail} ${advice}`
        ])
      )
  )

describe("a look at a Postgres database", () => {
  it.effect("is ok in every check, and each is there once and in order", () =>
    Effect.gen(function*() {
      const findings = yield* findingsAt(yield* TestPostgres.freshDatabase)
      assert.deepStrictEqual(findings.map(({ check }) => check), databaseChecks)
      assert.deepStrictEqual(findings.filter(({ outcome }) => outcome !== "ok"), [])
      assert.match(findings[0]?.detail ?? "", /^The database is Postgres \d/)
    }))

  it.effect.each(["LATIN1", "SQL_ASCII"])(
    "finds the encoding %s, and that there is no schema yet",
    (encoding) =>
      Effect.gen(function*() {
        const faults = yield* faultsAt(yield* TestPostgres.emptyDatabaseIn(encoding))
        assert.deepStrictEqual(Object.keys(faults), ["encoding", "schema", "rights"])
        assert.match(faults["encoding"] ?? "", new RegExp(`^failure: The database has the encoding ${encoding},.*UTF8`))
        assert.match(
          faults["schema"] ?? "",
          /^failure: The database has no tables .* Run `identity migrate`\.$/
        )
        assert.match(faults["rights"] ?? "", /^warning: Not checked: the schema is absent/)
      })
  )

  it.effect("finds a schema that lacks one migration, and one that has what this release does not know", () =>
    Effect.gen(function*() {
      const target = yield* TestPostgres.freshDatabase
      const last = PostgresSchemaMigrator.migrations.at(-1)
      yield* execute(target, `DELETE FROM schema_migrations WHERE id = ${last?.id}`)
      yield* execute(target, "INSERT INTO schema_migrations (id, name, applied_at) VALUES (9001, 'expand', now())")
      const older = yield* faultsAt(target)
      assert.deepStrictEqual(Object.keys(older), ["schema", "rights"])
      assert.match(older["schema"] ?? "", new RegExp(`^failure: .* lacks the migration ${last?.name}\\.`))
      yield* execute(target, `INSERT INTO schema_migrations VALUES (${last?.id}, '${last?.name}', now())`)
      assert.match((yield* faultsAt(target))["schema"] ?? "", /^warning: The schema is newer.* migration expand\./)
      const ahead = Effect.flatMap(SchemaMigrator, (migrator) => migrator.ahead)
      assert.deepStrictEqual(yield* Effect.provide(ahead, storeOf(target)), [{ id: 9001, name: "expand" }])
    }))

  it.effect("finds rights that the role lacks, also the one to forget old entries where they are to be forgotten", () =>
    Effect.gen(function*() {
      const { role, target } = yield* databaseAs((
        role
      ) => [...everyRight(role), `REVOKE INSERT ON sessions FROM ${role}`])
      const kept = yield* faultsAt(target)
      assert.deepStrictEqual(Object.keys(kept), ["rights"])
      assert.strictEqual(
        kept["rights"],
        `failure: Rights are missing to the role ${role}: INSERT on sessions. docs/least-privilege.md has the GRANTs.`
      )
      const findings = yield* findingsAt(target, { ...modest, prunesEntries: true })
      const details = findings.filter(({ check }) => check === "rights").map(({ detail }) => detail)
      assert.deepStrictEqual(details, [
        `Rights are missing to the role ${role}: INSERT on sessions.`,
        `Rights are missing to the role ${role}: EXECUTE on forget_audit_entries.`
      ])
    }))

  it.effect("finds what takes no writes, and what is acknowledged before it is kept", () =>
    Effect.gen(function*() {
      const target = yield* TestPostgres.freshDatabase
      yield* execute(target, `ALTER DATABASE ${target.database} SET synchronous_commit = off`)
      yield* execute(target, `ALTER DATABASE ${target.database} SET default_transaction_read_only = on`)
      const faults = yield* faultsAt(target)
      assert.deepStrictEqual(Object.keys(faults), ["writes", "durability"])
      assert.match(faults["writes"] ?? "", /^failure: Writes are refused: the database is read-only/)
      assert.strictEqual(
        faults["durability"],
        "failure: Postgres may lose what it has acknowledged: synchronous_commit is off. Set synchronous_commit to on."
      )
    }))

  it.effect("compares what a server takes with what there is for its role, unless a pooler shares that", () =>
    Effect.gen(function*() {
      const target = yield* TestPostgres.freshDatabase
      yield* execute(target, `ALTER DATABASE ${target.database} CONNECTION LIMIT 15`)
      assert.match(
        (yield* faultsAt(target, { ...modest, connections: 16 }))["connections"] ?? "",
        /^failure: .* 16 .* 15 /
      )
      assert.match(
        (yield* faultsAt(target, { ...modest, connections: 8 }))["connections"] ?? "",
        /^warning: .* second server/
      )
      assert.deepStrictEqual(yield* faultsAt(target, { ...modest, connections: 7 }), {})
      assert.deepStrictEqual(yield* faultsAt(target, { ...modest, connections: undefined }), {})
    }))
})

it.live("a server without fsync that admits few is found to be both", () =>
  Effect.gen(function*() {
    const { url } = yield* DisposableServer
    yield* Effect.provide(Effect.flatMap(SchemaMigrator, ({ migrate }) => migrate), storeOf({ url }))
    const faults = yield* faultsAt({ url })
    assert.deepStrictEqual(Object.keys(faults), ["durability", "connections"])
    assert.include(faults["durability"], "fsync is off")
    assert.match(faults["connections"] ?? "", /^failure: A server takes up to 10 connections, and the database has 5 /)
  }).pipe(Effect.provide(
    DisposableServer.layerWith({ fsync: "off", max_connections: "8", superuser_reserved_connections: "3" })
  )))
