/**
 * Limits how many connections a listener has at once, because each takes a file descriptor and memory even when idle.
 * One client may have a quarter of them, so that nobody can keep all others out.
 *
 * A connection over the limit is closed as soon as it is accepted, before anything is read from it. Open connections
 * stay open. Every refused connection is counted. The log mentions them only now and then, because callers decide how
 * many there are.
 */
import { Duration, Effect, Metric, Option } from "effect"
import type { Scope } from "effect"
import type { IpNetwork } from "effect/net"
import type { Socket } from "node:net"
import { clientNetwork, unmapped } from "../../../domain/model/IpAddress.ts"
import * as Announcer from "../../../kernel/Announcer.ts"
import { failure, ok } from "../../../kernel/Finding.ts"
import type { Finding } from "../../../kernel/Finding.ts"
import { isTrusted } from "../exchange/ClientAddress.ts"

export interface ConnectionLimit {
  readonly max: number
  /** Counts a connection that was closed because it was over the limit. */
  readonly onRefused: () => void
  /** Whether the client may have one more connection. If so, the connection is counted until it closes. */
  readonly admits: (socket: Socket) => boolean
}

const refusedConnections = Metric.counter("identity_connections_refused_total", {
  description: "Connections closed at once because the most there may be were open, of all or of one client",
  incremental: true
})

const LOG_INTERVAL = Duration.minutes(1)

/** File descriptors for everything but connections to the public listener and to the database. */
const SPARE_FILES = 300

/**
 * Whether a process may open enough files to accept `max` connections. Without them, further connections would wait
 * unanswered instead of being refused, and the process could open neither database connections nor log files.
 */
export const judgeOpenFiles = (
  openFilesMax: Option.Option<number>,
  { connectionsMax, databaseConnectionsMax }: {
    readonly connectionsMax: number
    readonly databaseConnectionsMax: number
  }
): Finding => {
  const needed = connectionsMax + databaseConnectionsMax + SPARE_FILES
  if (Option.isNone(openFilesMax)) return ok("open-files", "This system sets no limit to how many files are open.")
  const detail = `A process may have ${openFilesMax.value} files open here, and takes ${needed} with ` +
    `IDENTITY_CONNECTIONS_MAX at ${connectionsMax}.`
  return openFilesMax.value >= needed ? ok("open-files", detail) : failure(
    "open-files",
    detail,
    "Raise the limit (LimitNOFILE of systemd, ulimit -n), or lower IDENTITY_CONNECTIONS_MAX."
  )
}

/** A limit that counts and logs what it refuses, until the scope closes. Trusted proxies may use all connections. */
export const make = Effect.fnUntraced(function*(
  max: number,
  trustedProxies: ReadonlyArray<IpNetwork.IpNetwork>
): Effect.fn.Return<ConnectionLimit, never, Scope.Scope> {
  // At least one, because a quarter of less than four is none.
  const share = max < 4 ? max : Math.floor(max / 4)
  const open = new Map<string, number>()
  const onRefused = yield* counting(
    `${max} connections are open, the most there may be, so others are refused. IDENTITY_CONNECTIONS_MAX raises that.`
  )
  const onGreedy = yield* counting(
    `A client has ${share} connections, a quarter of all there may be, so its others are refused. If it is a proxy, ` +
      "IDENTITY_TRUSTED_PROXIES has to name it."
  )

  const admits = (socket: Socket): boolean => {
    const { remoteAddress } = socket
    if (remoteAddress === undefined || isTrusted(remoteAddress, trustedProxies)) return true
    const client = clientOf(remoteAddress)
    const count = open.get(client) ?? 0
    if (count >= share) {
      onGreedy()
      return false
    }
    open.set(client, count + 1)
    socket.once("close", () => {
      const left = (open.get(client) ?? 1) - 1
      if (left === 0) open.delete(client)
      else open.set(client, left)
    })
    return true
  }

  return { max, onRefused, admits }
})

/** The owner of one IPv6 address has a whole /64. */
const clientOf = (remoteAddress: string): string => {
  const address = unmapped(remoteAddress)
  return address.includes(":") ? Option.getOrElse(clientNetwork(address), () => address) : address
}

/** Counts refused connections, and logs their number with an explanation. */
const counting = Effect.fnUntraced(function*(sentence: string) {
  const context = yield* Effect.context<never>()
  let unreported = 0

  const report = Effect.suspend(() => {
    const count = unreported
    unreported = 0
    return Effect.logWarning(sentence).pipe(Effect.annotateLogs({ connections_refused: count }))
  })

  const announce = yield* Announcer.announceFromCallbacks<void>(() =>
    Effect.andThen(report, Effect.sleep(LOG_INTERVAL))
  )
  return () => {
    unreported += 1
    refusedConnections.updateUnsafe(1, context)
    announce()
  }
})
