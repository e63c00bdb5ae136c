/**
 * `ended_epochs` queues what ending all sessions of an account leaves behind, so that pruning finds those rows without
 * reading the whole table of sessions. A row says: sessions of this account up to this epoch are dead.
 */
export const createSessions = [
  `CREATE TABLE sessions (
    id text COLLATE "C" PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    epoch integer NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    authenticated_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    user_agent text,
    ip_address text
  )`,
  `CREATE INDEX sessions_account_id ON sessions (account_id)`,
  `CREATE INDEX sessions_expires_at ON sessions (expires_at)`,
  `CREATE TABLE ended_epochs (
    account_id text COLLATE "C" NOT NULL,
    epoch integer NOT NULL,
    PRIMARY KEY (account_id, epoch)
  )`
]
