/**
 * Indexes the sessions of each account's epoch by creation. Listing, counting, ending or deleting an account's sessions
 * reads a range of this index, however many sessions the account has. Reading the sessions of all accounts follows it
 * as well.
 */
export const indexSessionsByEpoch = [
  `DROP INDEX CONCURRENTLY IF EXISTS sessions_account_epoch`,
  `CREATE INDEX CONCURRENTLY sessions_account_epoch ON sessions (account_id, epoch, created_at, id)`
]
