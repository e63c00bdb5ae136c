/**
 * Limits how many abandoned writes may remain on the server.
 *
 * While a synchronous standby is away, each abandoned write leaves a backend that waits for it, possibly for a long
 * time. Every repetition would add one, until the server had no backend left, not even for session checks, which wait
 * for no standby. So abandoned writes count as running, and the pool's size limits both together. The server is asked
 * which backends are still there, because the closed sockets can't show it.
 */
import { Effect, identity } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { execute, statement } from "../statement.ts"
import type { PooledConnection } from "./PostgresConnections.ts"
import { commitsUnconfirmed } from "./StoreFailure.ts"

/** Lets a write through, or refuses it while too many are unconfirmed. */
export type AdmitWrite = <A>(lent: PooledConnection, write: Effect.Effect<A, SqlError>) => Effect.Effect<A, SqlError>

export const make = (writesMax: number): AdmitWrite => {
  const unconfirmed = new Set<number>()
  let running = 0

  const isRoom = () => unconfirmed.size + running < writesMax

  const admit: AdmitWrite = ({ connection, socket }, write) =>
    Effect.suspend(() => {
      running += 1
      return Effect.onExit(write, () =>
        Effect.sync(() => {
          running -= 1
          if (socket.destroyed) unconfirmed.add(connection.processId)
        }))
    })

  const refresh = ({ connection }: PooledConnection) =>
    Effect.map(execute(connection, selectPresent, [...unconfirmed]), ({ rows }) => {
      const present = new Set(rows.map(({ pid }) => pid))
      for (const processId of unconfirmed) if (!present.has(processId)) unconfirmed.delete(processId)
    })

  return (lent, write) =>
    Effect.suspend(() =>
      isRoom()
        ? admit(lent, write)
        : Effect.flatMap(refresh(lent), () => isRoom() ? admit(lent, write) : Effect.fail(commitsUnconfirmed()))
    )
}

const selectPresent = statement<ReadonlyArray<number>>(($) =>
  `SELECT pid FROM pg_stat_activity WHERE pid = ANY (${$(identity)}::int[])`
)
