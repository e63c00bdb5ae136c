/** A process that is in the middle of a migration until somebody kills it. Reads the database from its input. */
import { Duration, Effect, Layer, Redacted, Schema } from "effect"
import { readFileSync } from "node:fs"
import * as PostgresClient from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import * as PostgresSchemaMigrator from "../../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import { SchemaMigrator } from "../../../src/ports/SchemaMigrator.ts"

const Target = Schema.Union([
  Schema.Struct({ url: Schema.String, database: Schema.String }),
  Schema.Struct({ path: Schema.String, username: Schema.String, database: Schema.String })
])

const given = Schema.decodeUnknownSync(Schema.fromJsonString(Target))(readFileSync(0, "utf8"))
const target = "url" in given ? { ...given, url: Redacted.make(given.url) } : given

const migrator = PostgresSchemaMigrator.layerOf({
  migrations: [
    ...PostgresSchemaMigrator.migrations,
    { id: 9001, name: "expand", statements: ["ALTER TABLE accounts ADD COLUMN later text", "SELECT pg_sleep(60)"] }
  ],
  patience: Duration.minutes(1)
}).pipe(Layer.provide(PostgresClient.layer({ target, poolMax: 1, timeout: Duration.seconds(10) })))

await Effect.runPromise(Effect.provide(Effect.flatMap(SchemaMigrator, ({ migrate }) => migrate), migrator))
