/** Pruning goes by `sessions_expires_not_before`. A server of the previous release reads the table instead. */
export const dropSessionsExpiresAt = [`DROP INDEX sessions_expires_at`]
