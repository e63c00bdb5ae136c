/**
 * When the password was last changed. Devices that signed in before are no longer known. NULL if it was never changed,
 * or not since this migration.
 */
export const notePasswordChanges = [`ALTER TABLE accounts ADD COLUMN password_changed_at timestamptz`]
