/**
 * Mails without their texts. While a node attempts to send one, the mail is its own until `claimed_until`.
 *
 * Both partial indexes are small: nearly all mails have been sent.
 */
export const createMails = [
  `CREATE TABLE mails (
    id text COLLATE "C" PRIMARY KEY,
    purpose text NOT NULL,
    recipient text NOT NULL,
    account_id text COLLATE "C",
    challenge_id text COLLATE "C",
    language text,
    details text NOT NULL,
    queued_at timestamptz NOT NULL,
    give_up_at timestamptz NOT NULL,
    status text COLLATE "C" NOT NULL,
    attempts integer NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    claimed_until timestamptz,
    settled_at timestamptz,
    last_error text
  )`,
  `CREATE INDEX mails_next_attempt_at ON mails (next_attempt_at) WHERE status = 'waiting'`,
  `CREATE INDEX mails_status ON mails (status, id) WHERE status <> 'sent'`,
  `CREATE INDEX mails_account_id ON mails (account_id, id)`,
  `CREATE INDEX mails_settled_at ON mails (settled_at)`
]
