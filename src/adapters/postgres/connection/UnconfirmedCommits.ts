/**
 * How many writes may be left behind on the server.
 *
 * While a synchronous standby is away, each write that is given up leaves a backend that waits for it, for as long as
 * that takes. With every repetition there would be one more, until the server has none left for anybody, not even for
 * session checks, which wait for no standby. So those that were left behind count as writes under way, and there are no
 * more of both together than the pool has connections. The server itself is asked which are still there: sockets can't
 * tell, for the one that would say so is closed.
 */
import { Effect, identity } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { execute, statement } from "../statement.ts"
import type { PooledConnection } from "./PostgresConnections.ts"
import { commitsUnconfirmed } from "./StoreFailure.ts"

/** Lets a write through, or refuses it where too many were left behind. */
export type AdmitWrite = <A>(lent: PooledConnection, write: Effect.Effect<A, SqlError>) => Effect.Effect<A, SqlError>

export const make = (writesMax: number): AdmitWrite => {
  const leftBehind = new Set<number>()
  let underWay = 0

  const isRoom = () => leftBehind.size + underWay < writesMax

  const admit: AdmitWrite = ({ connection, socket }, write) =>
    Effect.suspend(() => {
      underWay += 1
      return Effect.onExit(write, () =>
        Effect.sync(() => {
          underWay -= 1
          if (socket.destroyed) leftBehind.add(connection.processId)
        }))
    })

  const lookAgain = ({ connection }: PooledConnection) =>
    Effect.map(execute(connection, selectPresent, [...leftBehind]), ({ rows }) => {
      const present = new Set(rows.map(({ pid }) => pid))
      for (const processId of leftBehind) if (!present.has(processId)) leftBehind.delete(processId)
    })

  return (lent, write) =>
    Effect.suspend(() =>
      isRoom()
        ? admit(lent, write)
        : Effect.flatMap(lookAgain(lent), () => isRoom() ? admit(lent, write) : Effect.fail(commitsUnconfirmed()))
    )
}

const selectPresent = statement<ReadonlyArray<number>>(($) =>
  `SELECT pid FROM pg_stat_activity WHERE pid = ANY (${$(identity)}::int[])`
)
