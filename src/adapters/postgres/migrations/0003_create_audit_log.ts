/**
 * `audit_chains` holds the end of every hash chain. Writers of a chain wait only for that row. Rows of `audit_log` are
 * only inserted, so the server's role needs no right to change or delete them.
 */
export const createAuditLog = [
  `CREATE TABLE audit_chains (
    chain text COLLATE "C" PRIMARY KEY,
    sequence bigint NOT NULL,
    hash text NOT NULL
  )`,
  `CREATE TABLE audit_log (
    chain text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    hash text NOT NULL,
    id text COLLATE "C" NOT NULL,
    occurred_at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    account_id text COLLATE "C",
    session_id text COLLATE "C",
    changed text NOT NULL,
    request_id text,
    client_address text,
    PRIMARY KEY (chain, sequence)
  )`,
  `CREATE UNIQUE INDEX audit_log_id ON audit_log (id)`,
  `CREATE INDEX audit_log_account_id ON audit_log (account_id, id)`,
  `CREATE INDEX audit_log_action ON audit_log (action, id)`
]
