/** A request without an answer is running, or was until `claimed_until`. Answers contain no secret. */
export const createIdempotencyKeys = [
  `CREATE TABLE idempotency_keys (
    key text COLLATE "C" PRIMARY KEY,
    owner text NOT NULL,
    fingerprint text NOT NULL,
    claimed_until timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    answer text
  )`,
  `CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at)`
]
