/**
 * Keys by which programs act. Of their secrets there are only digests. Lists are JSON, because they are read only
 * whole.
 */
export const createApiKeys = [
  `CREATE TABLE api_keys (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    scopes text NOT NULL,
    allowed_networks text NOT NULL,
    digest text NOT NULL,
    previous_digest text,
    previous_until timestamptz,
    created_at timestamptz NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz
  )`
]
