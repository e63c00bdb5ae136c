/**
 * Checks, by asking the store and trying it, that it can do what this release needs.
 */
import { Context } from "effect"
import type { Effect } from "effect"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"

/** A reason why the store can't serve. */
export interface StoreObstacle {
  /**
   * The check that found it. `database`: a property of the database that can't be changed. `rights`: the role lacks
   * rights. `writes`: the database takes no writes.
   */
  readonly check: "database" | "rights" | "writes"
  /** What is wrong and what to do, worded to follow the name of the check. Contains no stored data. */
  readonly problem: string
}

export class StoreHealth extends Context.Service<StoreHealth, {
  /**
   * All reasons why the store can't serve, checked anew: looks up a session that doesn't exist, as every request does,
   * and checks what this release needs. Empty if there are none. Problems hidden by an absent or outdated schema are
   * not included; `SchemaMigrator.pending` reports such a schema.
   */
  readonly obstacles: Effect.Effect<ReadonlyArray<StoreObstacle>, StoreUnavailable>

  /**
   * How many copies of the store don't confirm writes, although every write waits for them. Reads are answered
   * meanwhile, and no other server could write either, so this is no obstacle.
   */
  readonly standbysMissing: Effect.Effect<number, StoreUnavailable>
}>()("identityd/ports/StoreHealth") {}
