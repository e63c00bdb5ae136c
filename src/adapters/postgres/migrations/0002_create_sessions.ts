/**
 * `ended_epochs` queues the rows that are dead after all sessions of an account were ended, so that pruning finds them
 * without reading the whole table. An entry means that the account's sessions up to this epoch are dead.
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
