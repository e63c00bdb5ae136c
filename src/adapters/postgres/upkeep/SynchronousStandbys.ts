/**
 * Finds out whether writes wait for synchronous standbys that don't confirm them. Postgres then goes on to answer reads
 * and to begin writes, so nothing else shows it.
 */
import { Schema } from "effect"
import { failure, ok } from "../../../kernel/Finding.ts"
import type { Finding } from "../../../kernel/Finding.ts"
import { reader } from "../rows.ts"
import { readingOne, statement } from "../statement.ts"

const Standbys = Schema.Struct({
  /** `synchronous_standby_names`. */
  names: Schema.String,
  /** How many more standbys would have to confirm each write. */
  missing: Schema.Int
})

/**
 * A role without `pg_read_all_stats` sees how many standbys are connected, but not which of them are synchronous. It
 * also sees what its own backends wait for. So with either kind of role, a standby is missing if too few are connected
 * that may be synchronous, or if one of these backends has waited for more than a second.
 */
const selectStandbys = statement<void>(() => `
  SELECT names,
    CASE WHEN names = '' OR current_setting('synchronous_commit') IN ('off', 'local') THEN 0
    ELSE greatest(
      coalesce(substring(names FROM '(?i)^\\s*(?:(?:first|any)\\s+)?(\\d+)\\s*\\(')::int, 1)
        - (SELECT count(*)::int FROM pg_stat_replication WHERE sync_state IS NULL OR sync_state IN ('sync', 'quorum')),
      (SELECT count(*)::int FROM (SELECT FROM pg_stat_activity
        WHERE wait_event = 'SyncRep' AND query_start < clock_timestamp() - interval '1 second' LIMIT 1) AS waiting)
    ) END AS missing
  FROM current_setting('synchronous_standby_names') AS names`)

export const readStandbys = readingOne(selectStandbys, undefined, reader("pg_stat_replication", "names", Standbys))

export const judgeStandbys = ({ missing, names }: typeof Standbys.Type): Finding => {
  if (missing > 0) {
    return failure(
      "standbys",
      "Writes wait for a synchronous standby that doesn't confirm them, and are answered by 503: " +
        `synchronous_standby_names is ${JSON.stringify(names)}.`,
      "Bring it back, or name one that is there. docs/operations.md says what an empty value risks."
    )
  }
  return ok("standbys", names === "" ? "Writes wait for no standby." : "A synchronous standby confirms each write.")
}
