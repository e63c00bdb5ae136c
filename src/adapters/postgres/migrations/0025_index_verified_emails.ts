/** Lists of accounts whose emails are verified, or aren't, read a range of this index, however few there are. */
export const indexVerifiedEmails = [
  `DROP INDEX CONCURRENTLY IF EXISTS accounts_email_verified`,
  `CREATE INDEX CONCURRENTLY accounts_email_verified ON accounts (email_verified, created_at, id)`
]
