/** The holders of leases on work that only one node should do at a time. */
export const createLeases = [
  `CREATE TABLE leases (
    name text COLLATE "C" PRIMARY KEY,
    holder text NOT NULL,
    held_until timestamptz NOT NULL
  )`
]
