/**
 * Challenges that wait for their answers. `subject` is a digest of what rivals have in common. A live challenge has one
 * of its subject's places; one without a place can't be answered.
 */
export const createChallenges = [
  `ALTER TABLE accounts ADD COLUMN credential_epoch integer NOT NULL DEFAULT 0`,
  `CREATE TABLE challenges (
    id text COLLATE "C" PRIMARY KEY,
    purpose text NOT NULL,
    subject text COLLATE "C" NOT NULL,
    place smallint,
    email text NOT NULL,
    account_id text COLLATE "C",
    credential_epoch integer,
    tries smallint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    resend_at timestamptz NOT NULL
  )`,
  `CREATE UNIQUE INDEX challenges_subject ON challenges (subject, place)`,
  `CREATE INDEX challenges_expires_at ON challenges (expires_at)`
]
