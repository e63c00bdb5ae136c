/**
 * Three Postgres servers: a primary that acknowledges what a synchronous standby has confirmed, and two standbys. The
 * test plays the cluster manager.
 */
import { NodeServices } from "@effect/platform-node"
import * as PgClient from "@effect/sql-pg/PgClient"
import { Context, Effect, Layer, Option, Schema } from "effect"
import { Reactivity } from "effect/reactivity"
import { execFileSync } from "node:child_process"
import { appendFileSync, chownSync, writeFileSync } from "node:fs"
import * as PostgresCluster from "../../src/platform/embedded/PostgresCluster.ts"
import { administer, copyOf, disposable, newCluster, until } from "../adapters/postgres/DisposableServer.ts"
import type { Cluster, Disposable } from "../adapters/postgres/DisposableServer.ts"

interface Member {
  readonly cluster: Cluster
  readonly server: Disposable
}

export class ReplicatedServers extends Context.Service<ReplicatedServers, {
  /** The hosts of all three, for a URL. */
  readonly hosts: string
  readonly primary: () => Disposable
  /** Kills the primary's postmaster, and completes when its other processes are gone, too. */
  readonly killPrimary: Effect.Effect<void>
  /**
   * Makes the standby that has received more the primary, and lets the other one follow it. Completes when the new one
   * is a primary.
   */
  readonly promote: Effect.Effect<void>
  /** Makes a standby of the killed one from a base backup of the primary. Completes when both standbys are in step. */
  readonly rejoin: Effect.Effect<void>
}>()("identityd/test/operations/ReplicatedServers") {
  static readonly layer = Layer.effect(
    ReplicatedServers,
    Effect.gen(function*() {
      const cluster = yield* newCluster()
      const copies = [yield* copyOf(cluster), yield* copyOf(cluster)] as const
      let primary: Member = { cluster, server: yield* disposable(cluster, settings) }
      let standbys: ReadonlyArray<Member> = yield* Effect.forEach(copies, (copy) => {
        makeStandby(copy, primary.server)
        return Effect.map(disposable(copy, settings), (server) => ({ cluster: copy, server }))
      })
      let killed = primary
      const inStep = Effect.suspend(() =>
        until(primary.server.url, "SELECT count(*) = 2 AS holds FROM pg_stat_replication WHERE state = 'streaming'")
      )
      yield* inStep
      return ReplicatedServers.of({
        hosts: [primary, ...standbys].map(({ server }) => `127.0.0.1:${server.port}`).join(),
        primary: () => primary.server,
        killPrimary: Effect.suspend(() => {
          killed = primary
          return primary.server.end("SIGKILL")
        }),
        promote: Effect.gen(function*() {
          const [next, ...others] = yield* Effect.map(
            Effect.forEach(standbys, (member) => Effect.map(received(member), (bytes) => ({ bytes, member }))),
            (found) => found.toSorted((one, other) => other.bytes - one.bytes).map(({ member }) => member)
          )
          if (next === undefined) return yield* Effect.die("no standby is left")
          primary = next
          standbys = others
          const promoted = Effect.andThen(
            administer(next.server.url, "SELECT pg_promote()"),
            until(next.server.url, "SELECT NOT pg_is_in_recovery() AS holds")
          )
          const followed = Effect.forEach(others, ({ server }) => follow(server, next.server))
          yield* Effect.all([promoted, followed], { concurrency: "unbounded" })
        }).pipe(Effect.orDie),
        rejoin: Effect.gen(function*() {
          yield* copyFrom(primary, killed.cluster)
          yield* killed.server.start
          standbys = [...standbys, killed]
          yield* inStep
        }).pipe(Effect.orDie)
      })
    })
  ).pipe(Layer.provide(NodeServices.layer))
}

const settings = {
  synchronous_standby_names: "FIRST 1 (*)",
  wal_retrieve_retry_interval: "50ms",
  wal_keep_size: "256MB",
  client_connection_check_interval: "50ms"
}

const conninfo = ({ port }: Disposable) => `host=127.0.0.1 port=${port} user=${PostgresCluster.role}`

/** Has a cluster start as a standby. */
const makeStandby = (cluster: Cluster, primary: Disposable) => {
  writeInto(cluster, "standby.signal", "")
  appendFileSync(`${cluster.directory.cluster}/postgresql.auto.conf`, `\nprimary_conninfo = '${conninfo(primary)}'\n`)
}

/** Writes a file that the server's user may read. */
const writeInto = ({ directory, user }: Cluster, name: string, text: string) => {
  const file = `${directory.cluster}/${name}`
  writeFileSync(file, text)
  if (Option.isSome(user)) chownSync(file, user.value.uid, user.value.gid)
}

/** Has a running standby follow another primary. */
const follow = ({ url }: Disposable, primary: Disposable) =>
  Effect.andThen(
    administer(url, `ALTER SYSTEM SET primary_conninfo = '${conninfo(primary)}'`),
    administer(url, "SELECT pg_reload_conf()")
  )

const Received = Schema.Struct({ bytes: Schema.Finite })

/** Everything acknowledged is within what the synchronous one has received; the other one may have received more. */
const received = ({ server }: Member) =>
  administer(
    server.url,
    "SELECT (coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0')::float8 AS bytes"
  ).pipe(
    Effect.flatMap(([row]) => Schema.decodeUnknownEffect(Received)(row)),
    Effect.map(({ bytes }) => bytes)
  )

const BackupLabel = Schema.Struct({ labelfile: Schema.String })

/** What `pg_basebackup` does, which the embedded Postgres lacks. */
const copyFrom = Effect.fnUntraced(
  function*(primary: Member, target: Cluster) {
    const { cluster: from } = primary.cluster.directory
    const { cluster: to } = target.directory
    const sql = yield* PgClient.makeClient({ url: primary.server.url })
    yield* sql.unsafe("SELECT pg_backup_start('rejoin', fast => true)::text")
    execFileSync("find", [to, "-mindepth", "1", "-delete"])
    const left = ["postmaster.pid", "postmaster.opts", "pg_wal/*", "pg_replslot/*", "standby.signal"]
    const pack = `tar -C '${from}' ${
      left.map((path) => `--exclude='./${path}'`).join(" ")
    } --warning=no-file-changed --warning=no-file-ignored -cf - .`
    execFileSync("sh", ["-c", `(${pack} || true) | tar -C '${to}' -xpf -`])
    const [row] = yield* sql.unsafe("SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)")
    const { labelfile } = yield* Schema.decodeUnknownEffect(BackupLabel)(row)
    writeInto(target, "backup_label", labelfile)
    makeStandby(target, primary.server)
  },
  Effect.scoped,
  Effect.provide(Reactivity.layer)
)
