/**
 * When an account last got another password: devices that signed in before are known no more. NULL for who never
 * changed it, as for everybody before this migration.
 */
export const notePasswordChanges = [`ALTER TABLE accounts ADD COLUMN password_changed_at timestamptz`]
