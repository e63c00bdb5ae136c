/** Warns operators of an unencrypted connection to a database on another machine. */
import { Effect, Option } from "effect"
import { NetAddress } from "effect/net"
import type { SqlError } from "effect/sql/SqlError"
import type { Socket } from "node:net"
import { parseAddress } from "../../../domain/model/IpAddress.ts"
import * as Announcer from "../../../kernel/Announcer.ts"

/** Warns once about a connection that isn't encrypted and leads to another machine. */
export const make = () => {
  const announce = Announcer.onChange(false)
  return ({ remoteAddress }: Pick<Socket, "remoteAddress">): Effect.Effect<void, SqlError> =>
    remoteAddress === undefined || Option.exists(parseAddress(remoteAddress), (it) => NetAddress.isLoopback(it))
      ? Effect.void
      : announce(true, Effect.annotateLogs(Effect.logWarning(WARNING), { "server.address": remoteAddress }))
}

const WARNING = "The connection to the database is not encrypted. " +
  "End IDENTITY_DATABASE_URL with ?sslmode=verify-full once the server encrypts"
