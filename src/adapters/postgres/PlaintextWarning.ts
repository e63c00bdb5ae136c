/** Warns whoever connects to a database on another machine without encryption. */
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Socket } from "node:net"

/** Warns once of a connection that is not encrypted and leads to another machine. */
export const make = () => {
  let isWarned = false
  return ({ remoteAddress }: Pick<Socket, "remoteAddress">): Effect.Effect<void, SqlError> =>
    Effect.suspend(() => {
      if (isWarned || remoteAddress === undefined || isLoopback(remoteAddress)) return Effect.void
      isWarned = true
      return Effect.annotateLogs(Effect.logWarning(WARNING), { "server.address": remoteAddress })
    })
}

const WARNING = "The connection to the database is not encrypted. " +
  "End IDENTITY_DATABASE_URL with ?sslmode=verify-full once the server encrypts"

const isLoopback = (address: string): boolean => /^(?:(?:::ffff:)?127\.|::1$)/.test(address)
