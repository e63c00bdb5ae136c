/**
 * Which accounts had a verified email before the one that they have now. Accounts whose email is verified need no
 * note. Accounts that verified an email and changed it before this migration have none: nothing in the table shows it,
 * so they count as never proven.
 *
 * A trigger notes it, because servers of earlier releases, which work on beside this one, change emails, too.
 */
export const noteProvenEmails = [
  `ALTER TABLE accounts ADD COLUMN email_proven boolean NOT NULL DEFAULT false`,
  `CREATE FUNCTION note_proven_email() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    NEW.email_proven := true;
    RETURN NEW;
  END $$`,
  `CREATE TRIGGER accounts_note_proven_email BEFORE UPDATE ON accounts FOR EACH ROW
    WHEN (OLD.email_verified AND NOT NEW.email_verified) EXECUTE FUNCTION note_proven_email()`
]
