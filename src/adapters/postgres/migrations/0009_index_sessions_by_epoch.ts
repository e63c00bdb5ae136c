/**
 * The sessions of an account's epoch by creation: what is listed, counted, ended or forgotten of an account is a range
 * of this index, however many sessions it has, and so is the way through the sessions of all accounts.
 */
export const indexSessionsByEpoch = [
  `DROP INDEX CONCURRENTLY IF EXISTS sessions_account_epoch`,
  `CREATE INDEX CONCURRENTLY sessions_account_epoch ON sessions (account_id, epoch, created_at, id)`
]
