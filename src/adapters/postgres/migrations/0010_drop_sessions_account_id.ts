/**
 * `sessions_account_epoch` begins with the same column, so whatever this index was for, also in earlier releases, it
 * does.
 */
export const dropSessionsAccountId = [`DROP INDEX sessions_account_id`]
