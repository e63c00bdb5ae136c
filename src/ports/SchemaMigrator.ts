/**
 * Brings the store's schema up to date.
 *
 * Migrations are numbered, only ever go forward, and leave the previous release working. They may be started from
 * several machines at once: each is applied exactly once.
 */
import { Context } from "effect"
import type { Effect } from "effect"
import type { StoreUnavailable, StoreUnsuitable } from "../domain/model/IdentityErrors.ts"

export interface Migration {
  readonly id: number
  readonly name: string
}

export class SchemaMigrator extends Context.Service<SchemaMigrator, {
  /** The migrations this release has and the store has not, in order. Empty means that the schema is current. */
  readonly pending: Effect.Effect<ReadonlyArray<Migration>, StoreUnavailable>

  /** What `migrate` would apply now. `StoreUnsuitable` if it would refuse; nothing is refused when nothing is pending. */
  readonly plan: Effect.Effect<ReadonlyArray<Migration>, StoreUnavailable | StoreUnsuitable>

  /** Applies what is pending, all or nothing, and answers what it applied. */
  readonly migrate: Effect.Effect<ReadonlyArray<Migration>, StoreUnavailable | StoreUnsuitable>
}>()("identity/ports/SchemaMigrator") {}
