import type * as PgConnection from "@effect/sql-pg/PgConnection"

/** A connection as an operation sees it. Statements of a fixed text are prepared once for each connection. */
export type Connection = Pick<PgConnection.PgConnection, "query">
