/**
 * Each noted use of a session moves its expiry. If that column were indexed, each use would write to every index of the
 * table. So a bound is indexed instead: the session does not expire before it. The bound stays until pruning reaches
 * it, finds the session still live, and moves the bound to the current expiry.
 *
 * Existing rows, and rows from servers of the previous release, have the lowest bound, so pruning checks each of them
 * once. The free space on each page is for the next version of a row, which has to fit on the same page.
 */
export const boundSessionExpiry = [
  `ALTER TABLE sessions ADD COLUMN expires_not_before timestamptz NOT NULL DEFAULT '-infinity'`,
  `ALTER TABLE sessions SET (fillfactor = 90)`
]
