import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { SchemaMigrator } from "../../../ports/SchemaMigrator.ts"
import type { Migration } from "../../../ports/SchemaMigrator.ts"
import { migrator } from "../Drives.ts"
import { answer } from "../Output.ts"
import { tellingIfSlow } from "../Progress.ts"

export const migrate = Command.make("migrate", {
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withDescription("Only say what would be applied"),
    Flag.withDefault(false),
    Flag.withoutNegation
  )
}).pipe(
  Command.withDescription(
    "Brings the database schema up to date. Safe to run twice, and from several machines at once. Run it before the " +
      "servers of a new release start."
  ),
  Command.withShortDescription("Brings the database schema up to date"),
  Command.withHandler(Effect.fnUntraced(function*({ dryRun }) {
    const schema = yield* SchemaMigrator
    const migrations = yield* dryRun ? schema.plan : tellingIfSlow("Migrating", schema.migrate)
    const listed = migrations.map(({ id, name }) => ({ id, name }))
    yield* answer({
      json: dryRun ? { pending: listed } : { applied: listed },
      text: describe(migrations, dryRun ? "would be applied" : "applied"),
      quiet: migrations.map(spell).join("\n")
    })
  })),
  Command.provide(migrator)
)

const describe = (migrations: ReadonlyArray<Migration>, outcome: string): string =>
  migrations.length === 0
    ? "The schema is up to date."
    : migrations.map((migration) => `${spell(migration)} ${outcome}`).join("\n")

const spell = ({ id, name }: Migration): string => `${String(id).padStart(4, "0")}_${name}`
