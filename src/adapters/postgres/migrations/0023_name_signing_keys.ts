/** Which key the secrets of a challenge are derived from; NULL where that isn't known. */
export const nameSigningKeys = [`ALTER TABLE challenges ADD COLUMN signing_key text`]
