import type * as PgConnection from "@effect/sql-pg/PgConnection"

/** A connection as operations see it. A statement with a fixed text is prepared once for each connection. */
export type Connection = Pick<PgConnection.PgConnection, "query" | "queryValues">
