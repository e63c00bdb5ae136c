/** A server of a contender in a process of its own, whose output goes to a file that nobody reads unless it fails. */
import { Duration, Effect, Schedule } from "effect"
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { closeSync, openSync, readFileSync } from "node:fs"
import { connect } from "node:net"
import { temporaryDirectory } from "../../support/temporary-directory.ts"

export type Variables = Readonly<Record<string, string>>

export interface ServerProcess {
  readonly name: string
  readonly url: string
  readonly pid: number
  /** How long it took until it was ready. */
  readonly startSeconds: number
}

export interface ServerCommand {
  readonly name: string
  /** Node unless said. */
  readonly program?: string
  /** The program's own, before the script. */
  readonly flags?: ReadonlyArray<string>
  readonly script: string
  readonly words?: ReadonlyArray<string>
  readonly variables: Variables
  readonly url: string
  /**
   * Answers with 200 once the server is ready; `url` with anything at all where there is no such address. A server that
   * speaks TLS is ready once it listens.
   */
  readonly readyUrl?: string
}

/** Starts a script, and waits until it is ready. Ends with the scope. */
export const startServer = Effect.fnUntraced(function*(command: ServerCommand) {
  const directory = yield* temporaryDirectory("identity-bench-")
  const log = `${directory}/log`
  const begun = performance.now()
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const output = openSync(log, "a")
      const child = spawn(command.program ?? process.execPath, [
        ...(command.flags ?? []),
        command.script,
        ...(command.words ?? [])
      ], {
        cwd: directory,
        env: { PATH: process.env["PATH"], HOME: directory, NODE_ENV: "production", ...command.variables },
        stdio: ["ignore", output, output]
      })
      closeSync(output)
      return child
    }),
    stop
  )
  const answered = Effect.tryPromise(() => fetch(command.readyUrl ?? command.url)).pipe(
    Effect.filterOrFail(({ status }) => command.readyUrl === undefined || status === 200, () => "not ready")
  )
  const isOverTls = command.readyUrl === undefined && command.url.startsWith("https:")
  const ready = Effect.asVoid(isOverTls ? listening(Number(new URL(command.url).port)) : answered).pipe(
    Effect.retry({
      schedule: Schedule.spaced("10 millis"),
      while: () => child.exitCode === null
    }),
    Effect.timeout(Duration.seconds(60)),
    Effect.catch(() => Effect.die(new Error(`${command.name} did not start:\n${readFileSync(log, "utf8")}`)))
  )
  yield* ready
  const server: ServerProcess = {
    name: command.name,
    url: command.url,
    pid: child.pid ?? 0,
    startSeconds: (performance.now() - begun) / 1000
  }
  return server
})

const listening = (port: number): Effect.Effect<void, string> =>
  Effect.callback((resume) => {
    const socket = connect(port, "127.0.0.1")
      .once("connect", () => resume(Effect.void))
      .once("error", () => resume(Effect.fail("not listening")))
    return Effect.sync(() => socket.destroy())
  })

/** Asks it to end and waits until it has. */
const stop = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    const killer = setTimeout(() => child.kill("SIGKILL"), 10_000)
    child.once("exit", () => {
      clearTimeout(killer)
      resume(Effect.void)
    })
    child.kill("SIGTERM")
  })
