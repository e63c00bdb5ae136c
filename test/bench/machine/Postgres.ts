/**
 * The suite's own Postgres server: the programs the service embeds, a data directory that goes afterwards, a port
 * nobody listens on. It keeps its promises on the disk as the embedded one does, and has the memory of a small server.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, FileSystem, Layer, Option, Redacted, Schedule } from "effect"
import { Reactivity } from "effect/reactivity"
import { spawn } from "node:child_process"
import * as DataDirectory from "../../../src/platform/embedded/DataDirectory.ts"
import * as PostgresBinaries from "../../../src/platform/embedded/PostgresBinaries.ts"
import * as PostgresCluster from "../../../src/platform/embedded/PostgresCluster.ts"
import * as ServerUser from "../../../src/platform/embedded/ServerUser.ts"
import { freePorts } from "../../e2e/IdentityProcess.ts"
import { temporaryDirectory } from "../../support/temporary-directory.ts"

type Rows = ReadonlyArray<Readonly<Record<string, unknown>>>

export interface Postgres {
  readonly url: (database: string) => string
  readonly port: number
  readonly pid: number
}

/** The database that is always there. */
export const MAINTENANCE = PostgresCluster.database

const settings = (port: number) => ({
  listen_addresses: "127.0.0.1",
  port: String(port),
  shared_buffers: "512MB",
  max_wal_size: "4GB",
  max_connections: "200",
  log_min_messages: "panic"
})

/** Runs until the scope closes, with more settings than the usual ones. */
export const startPostgresWith = Effect.fnUntraced(
  function*(further: Readonly<Record<string, string>>) {
    const directory = yield* DataDirectory.open(yield* temporaryDirectory("identity-bench-postgres-"))
    const user = yield* ServerUser.find(directory)
    const binaries = yield* PostgresBinaries.install(directory, user)
    yield* PostgresCluster.ensure(directory, binaries, user)
    const fs = yield* FileSystem.FileSystem
    yield* fs.writeFileString(
      `${directory.cluster}/pg_hba.conf`,
      "local all all trust\nhost all all 127.0.0.1/32 trust\n"
    )
    const [port] = yield* freePorts
    const own = Object.entries({ ...settings(port), ...further }).flatMap(([name, value]) => ["-c", `${name}=${value}`])
    const server = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(binaries.postgres, [...PostgresCluster.serverArguments(directory, user), ...own], {
          cwd: directory.cluster,
          env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
          stdio: ["ignore", "ignore", "inherit"],
          ...Option.getOrElse(user, () => ({}))
        })
      ),
      // Nothing is kept, so nothing has to be finished.
      (child) =>
        Effect.callback<void>((resume) => {
          child.once("exit", () => resume(Effect.void))
          if (!child.kill("SIGQUIT")) resume(Effect.void)
        })
    )
    const postgres: Postgres = {
      url: (database) => `postgres://${PostgresCluster.role}@127.0.0.1:${port}/${database}`,
      port,
      pid: server.pid ?? 0
    }
    yield* Effect.retry(attempt(postgres.url(MAINTENANCE), "SELECT 1"), {
      schedule: Schedule.spaced("20 millis"),
      times: 500
    })
    return postgres
  },
  Effect.provide(Layer.merge(NodeFileSystem.layer, NodePath.layer)),
  Effect.orDie
)

/** Runs until the scope closes. */
export const startPostgres = startPostgresWith({})

const attempt = (url: string, statement: string): Effect.Effect<Rows, unknown> =>
  PgClient.makeClient({ url: Redacted.make(url) }).pipe(
    Effect.flatMap((sql) => sql.unsafe<Readonly<Record<string, unknown>>>(statement)),
    Effect.scoped,
    Effect.provide(Reactivity.layer)
  )

/** Executes one statement on a connection of its own. */
export const execute = (url: string, statement: string): Effect.Effect<Rows> => Effect.orDie(attempt(url, statement))
