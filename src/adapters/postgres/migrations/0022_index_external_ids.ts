/** An account has at most one external id, and an external id at most one account. */
export const indexExternalIds = [
  `DROP INDEX CONCURRENTLY IF EXISTS accounts_external_id`,
  `CREATE UNIQUE INDEX CONCURRENTLY accounts_external_id ON accounts (external_id) WHERE external_id IS NOT NULL`
]
