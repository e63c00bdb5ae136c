/**
 * `sessions_account_epoch` begins with the same column, so it serves every use of the dropped index, also in earlier
 * releases.
 */
export const dropSessionsAccountId = [`DROP INDEX sessions_account_id`]
