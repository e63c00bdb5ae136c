/**
 * Whether the store can do what this release asks of it, found out by trying and asking.
 */
import { Context } from "effect"
import type { Effect } from "effect"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"

/** Something that keeps the store from serving. */
export interface StoreObstacle {
  /**
   * The check that found it: `database` is what can't be changed about it, `rights` what the role may not do, `writes`
   * whether it takes any.
   */
  readonly check: "database" | "rights" | "writes"
  /** What is wrong and what to do, as it continues the name of the check. Holds nothing of what is stored. */
  readonly problem: string
}

export class StoreHealth extends Context.Service<StoreHealth, {
  /**
   * Everything that keeps the store from serving, found anew: it looks up a session that nobody has, the way every
   * request does, and asks for what this release needs. Empty means that nothing does. What an absent or outdated
   * schema hides is not reported; `SchemaMigrator.pending` reports that.
   */
  readonly obstacles: Effect.Effect<ReadonlyArray<StoreObstacle>, StoreUnavailable>
}>()("identityd/ports/StoreHealth") {}
