/**
 * Text keys sort bytewise everywhere, so that ids are ordered by creation and a prefix of email keys is one range.
 *
 * The claim in `account_emails` makes an email unique; a unique index would not work where tables are spread over
 * machines. `accounts.email_key` records the account's claim, because a release with a newer Unicode could compute
 * another key from `email`.
 */
export const createAccounts = [
  `CREATE TABLE accounts (
    id text COLLATE "C" PRIMARY KEY,
    email text NOT NULL,
    email_key text COLLATE "C" NOT NULL,
    email_verified boolean NOT NULL,
    password_hash text NOT NULL,
    display_name text NOT NULL,
    status text NOT NULL,
    version integer NOT NULL,
    session_epoch integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
  )`,
  `CREATE INDEX accounts_created_at ON accounts (created_at, id)`,
  `CREATE INDEX accounts_status ON accounts (status, created_at, id)`,
  `CREATE TABLE account_emails (
    email_key text COLLATE "C" PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL
  )`
]
