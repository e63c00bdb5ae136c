/**
 * Brings the store's schema up to date.
 *
 * Migrations are numbered, only go forward, and leave the previous release working. Several machines may start them at
 * once: each migration is applied exactly once.
 */
import { Context, Effect } from "effect"
import type { MigrationBlocked, StoreUnavailable, StoreUnsuitable } from "../domain/model/IdentityErrors.ts"

export interface Migration {
  readonly id: number
  readonly name: string
}

/** Whether the store has nothing of this service, given the migrations that it lacks. */
export const isSchemaAbsent = ([first]: ReadonlyArray<Migration>): boolean => first?.id === 1

export class SchemaMigrator extends Context.Service<SchemaMigrator, {
  /** This release's migrations that the store doesn't have yet, in order. Empty means that the schema is current. */
  readonly pending: Effect.Effect<ReadonlyArray<Migration>, StoreUnavailable>

  /** The store's migrations that this release doesn't know, in order. A newer release has applied them. */
  readonly ahead: Effect.Effect<ReadonlyArray<Migration>, StoreUnavailable>

  /**
   * The migrations that `migrate` would apply now. Fails with `StoreUnsuitable` if it would refuse. Nothing is refused
   * when nothing is pending.
   */
  readonly plan: Effect.Effect<ReadonlyArray<Migration>, StoreUnavailable | StoreUnsuitable>

  /**
   * Applies the pending migrations in order, each one completely or not at all, and returns them. The service stays
   * available meanwhile: a migration that can't get its locks gives up at once, reports to `MigrationProgress` and
   * tries again later. It fails with `MigrationBlocked` when that takes too long. After a failure, earlier migrations
   * stay applied, and migrating again continues from there.
   */
  readonly migrate: Effect.Effect<ReadonlyArray<Migration>, MigrationBlocked | StoreUnavailable | StoreUnsuitable>
}>()("identityd/ports/SchemaMigrator") {}

/** Receives the progress of a migration. By default, nobody does. */
export const MigrationProgress = Context.Reference<{
  /** Somebody uses a table that the migration has to lock. It has given up and tries again in a moment. */
  readonly blocked: (migration: Migration) => Effect.Effect<void>
}>("identityd/ports/SchemaMigrator/MigrationProgress", { defaultValue: () => ({ blocked: () => Effect.void }) })
