/**
 * Brings the store's schema up to date.
 *
 * Migrations are numbered, only ever go forward, and leave the previous release working. They may be started from
 * several machines at once: each is applied exactly once.
 */
import { Context, Effect } from "effect"
import type { MigrationBlocked, StoreUnavailable, StoreUnsuitable } from "../domain/model/IdentityErrors.ts"

export interface Migration {
  readonly id: number
  readonly name: string
}

export class SchemaMigrator extends Context.Service<SchemaMigrator, {
  /** The migrations this release has and the store has not, in order. Empty means that the schema is current. */
  readonly pending: Effect.Effect<ReadonlyArray<Migration>, StoreUnavailable>

  /** The migrations the store has and this release does not know, in order: a newer release has applied them. */
  readonly ahead: Effect.Effect<ReadonlyArray<Migration>, StoreUnavailable>

  /**
   * What `migrate` would apply now. `StoreUnsuitable` if it would refuse; nothing is refused when nothing is pending.
   */
  readonly plan: Effect.Effect<ReadonlyArray<Migration>, StoreUnavailable | StoreUnsuitable>

  /**
   * Applies what is pending in order, each migration all or nothing, and answers what it applied. The service goes on
   * meanwhile: a migration that something stands in the way of lets go at once and tries again later, and
   * `MigrationProgress` is told. `MigrationBlocked` when that took too long. After a failure, earlier migrations stay
   * applied, and migrating again goes on from there.
   */
  readonly migrate: Effect.Effect<ReadonlyArray<Migration>, MigrationBlocked | StoreUnavailable | StoreUnsuitable>
}>()("identityd/ports/SchemaMigrator") {}

/** Who is told how a migration gets on. Nobody, unless somebody asks. */
export const MigrationProgress = Context.Reference<{
  /** Something uses what the migration has to lock. It has let go, and tries again in a moment. */
  readonly blocked: (migration: Migration) => Effect.Effect<void>
}>("identityd/ports/SchemaMigrator/MigrationProgress", { defaultValue: () => ({ blocked: () => Effect.void }) })
