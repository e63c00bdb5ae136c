export const indexSessionExpiryBounds = [
  `DROP INDEX CONCURRENTLY IF EXISTS sessions_expires_not_before`,
  `CREATE INDEX CONCURRENTLY sessions_expires_not_before ON sessions (expires_not_before)`
]
