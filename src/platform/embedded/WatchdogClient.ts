/** An owner's side of the watchdog: starts it, becomes an owner of the server, and leaves. */
import { ByteSize, Data, Effect, FileSystem, Option } from "effect"
import type { Scope } from "effect"
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { closeSync, openSync } from "node:fs"
import { connect } from "node:net"
import type { Socket } from "node:net"
import { extname } from "node:path"
import { fileURLToPath } from "node:url"
import { compileCacheVariables } from "../process/CompileCache.js"
import * as DataDirectory from "./DataDirectory.ts"
import { EmbeddedPostgresUnavailable } from "./EmbeddedPostgresUnavailable.ts"
import type { ServerUser } from "./ServerUser.ts"

/** No watchdog answers, or it is about to stop. */
export class WatchdogAbsent extends Data.TaggedError("WatchdogAbsent")<{}> {}

const logBytesMax = 1_048_576

/**
 * Becomes an owner until the scope closes. When the last owner leaves, this waits until the server has stopped, so
 * nothing is running afterwards.
 */
export const join = (path: string): Effect.Effect<Socket, WatchdogAbsent, Scope.Scope> =>
  Effect.acquireRelease(dial(path), leave, { interruptible: true })

const dial = (path: string) =>
  Effect.callback<Socket, WatchdogAbsent>((resume) => {
    const socket = connect(path)
    // A broken connection is also closed, and the other listeners wait for that.
    socket.on("error", () => resume(Effect.fail(new WatchdogAbsent())))
    socket.once("connect", () => {
      socket.write("hold\n")
      resume(Effect.succeed(socket))
    })
    return Effect.sync(() => socket.destroy())
  })

const leave = (socket: Socket) =>
  Effect.sync(() => socket.resume().end()).pipe(
    Effect.andThen(closed(socket)),
    Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => Effect.void }),
    Effect.andThen(Effect.sync(() => socket.destroy()))
  )

/** Completes when the watchdog has ended the connection or died. */
export const closed = (socket: Socket): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (socket.closed) return resume(Effect.void)
    const onClose = () => resume(Effect.void)
    socket.once("close", onClose)
    return Effect.sync(() => socket.off("close", onClose))
  })

/** Whether a watchdog guards a server there. Asking does not make an owner. */
export const isGuarded = (path: string): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const socket = connect(path)
    const answer = (isAnswered: boolean) => () => {
      socket.destroy()
      resume(Effect.succeed(isAnswered))
    }
    socket.once("connect", answer(true))
    socket.once("error", answer(false))
    return Effect.sync(() => socket.destroy())
  })

/** Waits until the server accepts connections. */
export const ready = Effect.fnUntraced(function*(socket: Socket, directory: DataDirectory.DataDirectory) {
  const answer = yield* firstLine(socket)
  if (answer === "failed") return yield* startFailure(directory)
  if (answer !== "ready") return yield* new WatchdogAbsent()
})

const firstLine = (socket: Socket) =>
  Effect.callback<string>((resume) => {
    let answer = ""
    const onData = (chunk: Buffer) => {
      answer += chunk.toString("utf8")
      if (answer.includes("\n")) resume(Effect.succeed(answer.trim()))
    }
    const onClose = () => resume(Effect.succeed("closed"))
    if (socket.closed) return onClose()
    socket.on("data", onData)
    socket.once("close", onClose)
    return Effect.sync(() => socket.off("data", onData).off("close", onClose))
  })

/** Starts a watchdog that outlives this process. */
export const start = Effect.fnUntraced(function*(
  directory: DataDirectory.DataDirectory,
  server: {
    readonly postgres: string
    readonly arguments: ReadonlyArray<string>
    readonly user: Option.Option<ServerUser>
  }
) {
  yield* boundLog(directory)
  const { uid, gid } = Option.getOrElse(server.user, () => ({ uid: "", gid: "" }))
  const programArguments = [script, String(uid), String(gid), server.postgres, ...server.arguments]
  const watchdog = yield* Effect.try({
    try: () => spawnDetached(programArguments, directory),
    catch: (cause) => new EmbeddedPostgresUnavailable({ reason: `The watchdog could not be started: ${cause}.` })
  })
  yield* DataDirectory.handOver(directory, directory.log)
  return watchdog
})

const spawnDetached = (programArguments: ReadonlyArray<string>, directory: DataDirectory.DataDirectory) => {
  const log = openSync(directory.log, "a", 0o600)
  const watchdog = spawn(process.execPath, programArguments, {
    cwd: directory.path,
    // In a session of its own it doesn't get our Ctrl-C. Without our environment it holds no secret.
    detached: true,
    env: compileCacheVariables(),
    stdio: ["ignore", log, log]
  })
  closeSync(log)
  // A failure to start sets a negative exit code, which `ended` reads.
  watchdog.on("error", () => undefined)
  watchdog.unref()
  return watchdog
}

// The file beside this one is Watchdog.ts in the repository and Watchdog.js in the published package.
const script = fileURLToPath(new URL(`Watchdog${extname(import.meta.url)}`, import.meta.url))

/** Fails when the watchdog ends, because another one serves this directory or the server can't run. */
export const ended = Effect.fnUntraced(function*(watchdog: ChildProcess, directory: DataDirectory.DataDirectory) {
  const code = yield* Effect.callback<number | null>((resume) => {
    const onExit = (code: number | null) => resume(Effect.succeed(code))
    if (watchdog.exitCode !== null) return onExit(watchdog.exitCode)
    watchdog.once("exit", onExit)
    return Effect.sync(() => watchdog.off("exit", onExit))
  })
  return yield* code === 0 ? new WatchdogAbsent() : startFailure(directory)
})

/** Keeps at most one earlier log, so that the two stay bounded. */
const boundLog = Effect.fnUntraced(function*(directory: DataDirectory.DataDirectory) {
  const fs = yield* FileSystem.FileSystem
  const info = yield* Effect.option(fs.stat(directory.log))
  if (Option.isSome(info) && ByteSize.toBigInt(info.value.size) > logBytesMax) {
    yield* fs.rename(directory.log, `${directory.log}.1`)
  }
})

const startFailure = Effect.fnUntraced(function*(directory: DataDirectory.DataDirectory) {
  const fs = yield* FileSystem.FileSystem
  const log = yield* fs.readFileString(directory.log).pipe(Effect.orElseSucceed(() => ""))
  const cause = log.split("\n").findLast((line) => /FATAL|PANIC|Error:/.test(line)) ?? "no reason was given"
  return yield* new EmbeddedPostgresUnavailable({
    reason: `The embedded Postgres server did not start (${cause.replace(/^.*?(?=FATAL|PANIC|Error:)/, "")}); ` +
      `its log is ${directory.log}.`
  })
})
