/** Pruning uses `sessions_expires_not_before`. A server of the previous release reads the whole table instead. */
export const dropSessionsExpiresAt = [`DROP INDEX sessions_expires_at`]
