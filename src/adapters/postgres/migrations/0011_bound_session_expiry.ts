/**
 * Each use of a session that is noted moves its expiry. With an index on that, each use would write to every index of
 * the table. So the index is on a bound instead: before it, the session does not expire. The bound stays where it is
 * until pruning comes to it, finds the session still live, and moves it to what the expiry is by then.
 *
 * Rows from before, and those of servers of the previous release, have the least bound of all: pruning looks at them
 * once. The room that is left on each page is for the next version of a row, which has to fit beside it.
 */
export const boundSessionExpiry = [
  `ALTER TABLE sessions ADD COLUMN expires_not_before timestamptz NOT NULL DEFAULT '-infinity'`,
  `ALTER TABLE sessions SET (fillfactor = 90)`
]
