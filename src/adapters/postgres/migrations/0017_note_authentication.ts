/**
 * How the holder of a session proved who they are. Existing sessions, and those from servers of the previous release,
 * began with a password.
 */
export const noteAuthentication = [
  `ALTER TABLE sessions
    ADD COLUMN amr text NOT NULL DEFAULT 'pwd',
    ADD COLUMN aal smallint NOT NULL DEFAULT 1,
    ADD COLUMN elevated_until timestamptz`
]
