import { Effect } from "effect"
import { Command } from "effect/cli"
import { MigrationProgress, SchemaMigrator } from "../../../ports/SchemaMigrator.ts"
import type { Migration } from "../../../ports/SchemaMigrator.ts"
import { switchFlag } from "../kit/Arguments.ts"
import { migrator } from "../kit/CommandLayers.ts"
import { migrationName } from "../kit/Failure.ts"
import { printNote, printResult } from "../kit/Output.ts"
import { noteIfSlow } from "../kit/Progress.ts"

export const migrate = Command.make("migrate", {
  dryRun: switchFlag("dry-run", "Only print what would be applied")
}).pipe(
  Command.withDescription(
    "Brings the database schema up to date. It is safe to run twice, and from several machines at once. Run it " +
      "before the servers of a new release start."
  ),
  Command.withShortDescription("Brings the database schema up to date"),
  Command.withHandler(Effect.fnUntraced(function*({ dryRun }) {
    const schema = yield* SchemaMigrator
    const migrations = yield* dryRun ? schema.plan : Effect.provideService(
      noteIfSlow("Migrating", schema.migrate),
      MigrationProgress,
      yield* waiting
    )
    const listed = migrations.map(({ id, name }) => ({ id, name }))
    yield* printResult({
      json: dryRun ? { pending: listed } : { applied: listed },
      text: describe(migrations, dryRun ? "would be applied" : "applied"),
      quiet: migrations.map(migrationName).join("\n")
    })
  })),
  Command.provide(migrator)
)

const describe = (migrations: ReadonlyArray<Migration>, outcome: string): string =>
  migrations.length === 0
    ? "The schema is up to date."
    : migrations.map((migration) => `${migrationName(migration)} ${outcome}`).join("\n")

/** Notes that a migration waits: the first time, and then after every `TRIES_BETWEEN_NOTES` tries. */
const waiting = Effect.gen(function*() {
  const context = yield* Effect.context<Effect.Services<ReturnType<typeof printNote>>>()
  let tries = 0
  const blocked = (migration: Migration) =>
    Effect.suspend(() =>
      tries++ % TRIES_BETWEEN_NOTES === 0
        ? printNote(`${migrationName(migration)} waits for a table that others use. The service goes on meanwhile.`)
        : Effect.void
    ).pipe(Effect.provideContext(context))
  return { blocked }
})

const TRIES_BETWEEN_NOTES = 10
