/** Servers and tools of the Postgres that is installed on the machine: the embedded one has no `pg_dump`. */
import { Effect, Redacted } from "effect"
import { execFile, execFileSync, spawn, spawnSync } from "node:child_process"
import { chownSync } from "node:fs"
import { promisify } from "node:util"
import { until } from "../adapters/postgres/DisposableServer.ts"
import { freePorts } from "../e2e/IdentityProcess.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"

const has = (directory: string) =>
  ["initdb", "postgres", "pg_dump"].every((name) => spawnSync(`${directory}/${name}`, ["--version"]).status === 0)

/** Where Debian keeps the versions, newest first, and then where the path leads. */
const directories = () => {
  const versions = spawnSync("ls", ["/usr/lib/postgresql"], { encoding: "utf8" }).stdout.split("\n").filter(Number)
  const configured = spawnSync("pg_config", ["--bindir"], { encoding: "utf8" }).stdout ?? ""
  return [
    ...versions.toSorted((one, other) => Number(other) - Number(one)).map((it) => `/usr/lib/postgresql/${it}/bin`),
    configured.trim()
  ]
}

/** The directory of the programs, if they are installed. */
export const installedPostgres = directories().find(has)

/** Postgres refuses to run as root. */
const user = () => {
  if (process.getuid?.() !== 0) return {}
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" })))
  return { uid: uid ?? 0, gid: gid ?? 0 }
}

/** Runs one of its programs as its user. */
export const runTool = (name: string, args: ReadonlyArray<string>) =>
  Effect.promise(() => promisify(execFile)(`${installedPostgres}/${name}`, args, { cwd: "/", ...user() }))

/** A directory that its user may write. */
export const writableDirectory = Effect.tap(temporaryDirectory("identity-backup-"), (directory) =>
  Effect.sync(() => {
    const { gid, uid } = { uid: -1, gid: -1, ...user() }
    chownSync(directory, uid, gid)
  }))

/** Makes a cluster, whose superuser is `postgres`. */
export const makeCluster = (directory: string) =>
  runTool("initdb", ["--pgdata", directory, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"])

/** Starts a server and waits until it takes writes. `kill` ends it at once. */
export const startCluster = Effect.fnUntraced(
  function*(directory: string, settings: Readonly<Record<string, string>> = {}) {
    const [port] = yield* freePorts
    const given = { listen_addresses: "127.0.0.1", port: String(port), unix_socket_directories: "", ...settings }
    const flags = Object.entries(given).flatMap(([name, value]) => ["-c", `${name}=${value}`])
    const start = Effect.sync(() =>
      spawn(`${installedPostgres}/postgres`, ["-D", directory, ...flags], { cwd: "/", stdio: "ignore", ...user() })
    )
    const child = yield* Effect.acquireRelease(start, (child) => Effect.sync(() => child.kill("SIGQUIT")))
    const urlOf = (role: string, database: string) => Redacted.make(`postgres://${role}@127.0.0.1:${port}/${database}`)
    yield* until(urlOf("postgres", "postgres"), "SELECT NOT pg_is_in_recovery() AS holds")
    return { urlOf, kill: Effect.sync(() => void child.kill("SIGQUIT")) }
  }
)
