/** The action of most entries. A list of it reads the index of ids and finds enough of them. */
export const FREQUENT_ACTION = "session.started"

/** A list by another action has to say so, or no index has its entries together. */
export const isRareAction = `action <> '${FREQUENT_ACTION}'`

/**
 * Indexes entries by their action, without those of sign-ins, which are most entries and would be a tenth of the log's
 * disk. Release 0.1.0 compares `action` with one value and orders by id, which this index and that of ids serve too.
 */
export const indexRareActions = [
  `DROP INDEX CONCURRENTLY IF EXISTS audit_log_rare_action`,
  `CREATE INDEX CONCURRENTLY audit_log_rare_action ON audit_log (action, id) WHERE ${isRareAction}`,
  `DROP INDEX CONCURRENTLY IF EXISTS audit_log_action`
]
