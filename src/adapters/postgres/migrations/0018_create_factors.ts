/**
 * Second factors. A seed of an authenticator application is sealed, and `sealed_by` names the key. Of recovery codes
 * there are digests. The columns from `credential_id` on are those of passkeys.
 *
 * Somebody who has signed in with less than all factors has a challenge; it keeps what the rest will make effective.
 */
export const createFactors = [
  `CREATE TABLE factors (
    id text COLLATE "C" PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    type text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_used_at timestamptz,
    seed text COLLATE "C",
    sealed_by text COLLATE "C",
    last_step integer,
    codes text[],
    credential_id text COLLATE "C",
    public_key bytea,
    sign_count bigint,
    transports text[],
    backed_up boolean,
    aaguid text
  )`,
  `CREATE INDEX factors_account_id ON factors (account_id)`,
  `CREATE UNIQUE INDEX factors_credential_id ON factors (credential_id)`,
  `CREATE INDEX factors_sealed_by ON factors (sealed_by) WHERE sealed_by IS NOT NULL`,
  `ALTER TABLE challenges ADD COLUMN first_factor text`,
  `ALTER TABLE challenges ADD COLUMN password_hash text`
]
