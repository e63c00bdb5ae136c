/**
 * The process that guards a data directory's Postgres server: starts it, starts it again when it dies, and stops it
 * when the last owner has gone.
 *
 * An owner is an open connection to `watchdog.sock`. The kernel closes it however the owner ends, even by SIGKILL, so
 * nothing is polled and no reused process id can be mistaken for an owner. Only the watchdog whose server holds
 * Postgres's lock (`postmaster.pid`) binds the socket, so Postgres decides between two that start at once.
 *
 * It runs as a detached program in the data directory: `Watchdog.ts <uid|""> <gid|""> <postgres> <arguments…>`. It uses
 * only Node, because it starts with the first server or command: in 50 ms, where Effect would make it 250.
 */
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"

const controlSocket = "watchdog.sock"
const serverLock = "cluster/postmaster.pid"
const serverSocket = "cluster/.s.PGSQL.5432"

const lockPollMs = 10
const contentionPollMs = 100
const restartDelayMsMax = 1_000
const failedStartsMax = 12
const firstOwnerMs = 10_000

// How many polls, `contentionPollMs` apart, a foreign lock must survive before it is treated as stale.
const pollsUntilStale = 5
const pollsUntilSignal = new Map<number, NodeJS.Signals>([[10, "SIGINT"], [60, "SIGQUIT"], [110, "SIGKILL"]])
const pollsMax = 300

const [uid, gid, command = "", ...serverArguments] = process.argv.slice(2)
const serverUser = uid === undefined || uid === "" ? {} : { uid: Number(uid), gid: Number(gid) }

const owners = new Set<net.Socket>()
let phase: "starting" | "ready" | "stopping" = "starting"
let server: ChildProcess | undefined
let hasBeenReady = false
let failedStarts = 0
let claimedInode: number | undefined
let contender = { identity: "", polls: 0 }

/** Starts a server as soon as no other server holds the lock. */
const begin = (): void => {
  if (phase === "stopping") process.exit(0)
  const lock = readLock()
  if (lock === undefined || !isRunning(lock.pid)) return launch()
  contender = { identity: lock.identity, polls: contender.identity === lock.identity ? contender.polls + 1 : 1 }
  probe(serverSocket, (isServing) => isServing ? challenge(lock) : discardIfStale())
}

/**
 * Removes a lock that names a running process when nobody listens. After a crash or reboot, the id may belong to
 * another program; or a rival server is about to listen. Removing a live server's lock is harmless: Postgres also
 * refuses to start while the other server's shared memory exists.
 */
const discardIfStale = (): void => {
  if (contender.polls >= pollsUntilStale) fs.rmSync(serverLock, { force: true })
  later(contentionPollMs, begin)
}

/**
 * Handles a running server that isn't our child. Another watchdog guards it, or its watchdog was killed and it is an
 * orphan.
 */
const challenge = (lock: ServerLock): void => {
  if (claimedInode !== undefined) return isDeposed() ? process.exit(0) : endOrphan(lock)
  probe(controlSocket, (isGuarded) => isGuarded ? process.exit(0) : endOrphan(lock))
}

const endOrphan = (lock: ServerLock): void => {
  const signal = pollsUntilSignal.get(contender.polls)
  if (signal !== undefined) process.kill(lock.pid, signal)
  if (contender.polls > pollsMax) return giveUp()
  later(contentionPollMs, begin)
}

const launch = (): void => {
  const child = spawn(command, serverArguments, {
    cwd: "cluster",
    env: { LC_ALL: "C" },
    stdio: ["ignore", "inherit", "inherit"],
    ...serverUser
  })
  server = child
  child.once("error", (error) => ended(child, error.message))
  child.once("exit", (code, signal) => ended(child, signal ?? `exit code ${code}`))
  follow(child)
}

/**
 * Watches our server's lock. Postgres writes its process id there and, as `pg_ctl` expects, `ready` when it accepts
 * connections.
 */
const follow = (child: ChildProcess): void => {
  if (server !== child || phase !== "starting") return
  const lock = readLock()
  if (lock !== undefined && lock.pid === child.pid) {
    claim()
    if (lock.isReady) return ready()
  }
  later(lockPollMs, () => follow(child))
}

const ready = (): void => {
  phase = "ready"
  hasBeenReady = true
  failedStarts = 0
  for (const owner of owners) owner.write("ready\n")
}

const ended = (child: ChildProcess, how: string): void => {
  if (server !== child) return
  server = undefined
  if (phase === "stopping") process.exit(0)
  if (phase === "ready") process.stderr.write(`watchdog: the server ended (${how}) and is started again\n`)
  phase = "starting"
  failedStarts += 1
  if (!hasBeenReady && failedStarts >= failedStartsMax) return giveUp()
  later(hasBeenReady ? Math.min(contentionPollMs * failedStarts, restartDelayMsMax) : contentionPollMs, begin)
}

const giveUp = (): void => {
  for (const owner of owners) owner.end("failed\n")
  later(contentionPollMs, () => process.exit(1))
}

/** Stops the server, gently at first. Owners that left wait for our exit, which tells them that it has stopped. */
const stop = (): void => {
  phase = "stopping"
  if (!isDeposed()) control.close()
  if (server === undefined) process.exit(0)
  server.kill("SIGINT")
  later(5_000, () => server?.kill("SIGQUIT"))
  later(8_000, () => server?.kill("SIGKILL"))
}

const control = net.createServer({ allowHalfOpen: true }, (socket) => {
  // An owner sends data. A connection that only checks for us doesn't.
  socket.on("data", () => {
    owners.add(socket)
    if (phase === "ready") socket.write("ready\n")
  })
  const leave = () => {
    if (owners.delete(socket) && owners.size === 0 && phase !== "stopping") return stop()
    if (phase !== "stopping") socket.end()
  }
  socket.on("end", leave)
  socket.on("close", leave)
  socket.on("error", leave)
})

const claim = (): void => {
  if (control.listening) return
  fs.rmSync(controlSocket, { force: true })
  control.listen(controlSocket, () => {
    claimedInode = fs.statSync(controlSocket).ino
    // Root may guard another user's data directory, and that user must be able to join.
    const directory = fs.statSync(".")
    fs.chownSync(controlSocket, directory.uid, directory.gid)
    later(firstOwnerMs, () => owners.size === 0 && stop())
  })
}

/** Whether somebody removed our socket and another watchdog has bound its own since. */
const isDeposed = (): boolean =>
  claimedInode === undefined || fs.statSync(controlSocket, { throwIfNoEntry: false })?.ino !== claimedInode

interface ServerLock {
  readonly pid: number
  readonly identity: string
  readonly isReady: boolean
}

const readLock = (): ServerLock | undefined => {
  if (!fs.existsSync(serverLock)) return undefined
  const lines = readText(serverLock).split("\n")
  const pid = Number.parseInt(lines[0] ?? "", 10)
  if (!(pid > 1)) return undefined
  return { pid, identity: lines.slice(0, 3).join(" "), isReady: lines[7]?.trim() === "ready" }
}

const readText = (path: string): string => {
  try {
    return fs.readFileSync(path, "utf8")
  } catch {
    // The lock has been removed since we saw it, because its server has just ended.
    return ""
  }
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    // No such process, or one of another user. Like Postgres, we take neither for a server of this directory.
    return false
  }
}

const probe = (path: string, then: (isConnected: boolean) => void): void => {
  const socket = net.connect(path)
  socket.once("connect", () => {
    socket.destroy()
    then(true)
  })
  socket.once("error", () => then(false))
}

const later = (ms: number, then: () => void): void => {
  // @effect-diagnostics-next-line globalTimers:off -- there is no Effect in this program.
  setTimeout(then, ms)
}

// A service manager signals the whole group when it stops the service. The owners still need the server to drain, so
// they decide.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => process.stderr.write(`watchdog: ${signal} is left to the owners\n`))
}
// If a bug ends this process, the server must not stay behind.
process.on("exit", () => server?.kill("SIGINT"))

begin()
