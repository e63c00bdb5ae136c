/** The real executable in processes of its own, in an empty directory and with no variables but those a test gives. */
import { Context, Effect, Schedule } from "effect"
import type { Duration } from "effect"
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { randomInt } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:net"
import { fileURLToPath } from "node:url"
import { inject } from "vitest"
import { dataDirectory } from "../support/pristine-cluster.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"

/** The executable in a clone. */
export const SOURCES = fileURLToPath(new URL("../../bin/identity.js", import.meta.url))

declare module "vitest" {
  interface ProvidedContext {
    /** The path of the bundled one. */
    readonly executable: string
  }
}

/** What is run: unless said the one that the test run has bundled, which starts in a third of the sources' time. */
export const Executable = Context.Reference<string>("identityd/test/e2e/IdentityProcess/Executable", {
  defaultValue: () => inject("executable")
})

export type Variables = Readonly<Record<string, string>>

export interface Ended {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** A directory that outlives every process of the test. */
export const emptyDirectory = temporaryDirectory("identity-e2e-")

/** A data directory whose cluster is there, for tests that are not about making it. */
export const usedDataDirectory = dataDirectory("identity-e2e-")

/** Starts a command. It is killed with the scope at the latest. */
export const start = Effect.fnUntraced(function*(args: ReadonlyArray<string>, variables: Variables) {
  const cwd = yield* emptyDirectory
  const executable = yield* Executable
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [executable, ...args], {
        cwd,
        env: { PATH: process.env["PATH"], HOME: cwd, ...variables },
        stdio: ["pipe", "pipe", "pipe"]
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const output = { stdout: "", stderr: "" }
  child.stdout.on("data", (chunk) => output.stdout += String(chunk))
  child.stderr.on("data", (chunk) => output.stderr += String(chunk))
  const closed = once(child, "close")
  const died = Effect.map(
    Effect.promise(() => closed),
    ([exitCode, signal]): Ended => ({ exitCode, signal, ...output })
  )
  return { child, output, died, ended: Effect.orDie(Effect.timeout(died, "15 seconds")) }
})

/** Runs a command to its end. */
export const identity = (
  args: ReadonlyArray<string>,
  variables: Variables,
  stdin = "",
  patience: Duration.Input = "15 seconds"
) =>
  Effect.scoped(Effect.gen(function*() {
    const { child, died } = yield* start(args, variables)
    child.stdin.end(stdin)
    return yield* Effect.orDie(Effect.timeout(died, patience))
  }))

export interface Server {
  readonly url: string
  readonly managementUrl: string
  /** What it has logged so far. */
  readonly log: () => string
  readonly child: ChildProcess
  /** Completes when the process has gone. */
  readonly died: Effect.Effect<Ended>
  /** The same, for one that was asked to go: it has 15 seconds. */
  readonly ended: Effect.Effect<Ended>
}

/** Starts a server, on free ports unless said. It is killed with the scope at the latest. */
export const serve = Effect.fnUntraced(function*(variables: Variables, ports?: Effect.Success<typeof freePorts>) {
  const [port, managementPort] = ports ?? (yield* freePorts)
  const { child, died, ended, output } = yield* start(["serve", "--port", `${port}`], {
    ...variables,
    IDENTITY_MANAGEMENT_PORT: `${managementPort}`
  })
  const server: Server = {
    url: `http://127.0.0.1:${port}`,
    managementUrl: `http://127.0.0.1:${managementPort}`,
    log: () => output.stderr,
    child,
    died,
    ended
  }
  return server
})

export const request = (url: string, init: RequestInit = {}) =>
  Effect.tryPromise(() => fetch(url, { signal: AbortSignal.timeout(15_000), ...init }))

export const post = (url: string, body: unknown) =>
  request(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })

/** Waits until `/readyz` answers with a status. */
export const untilReadiness = (server: Server, status: number) =>
  request(`${server.managementUrl}/readyz`).pipe(
    Effect.filterOrFail((response) => response.status === status, (response) => `readyz is ${response.status}`),
    Effect.retry(Schedule.spaced("50 millis")),
    Effect.raceFirst(Effect.flatMap(server.died, ({ stderr }) => Effect.die(`the server ended: ${stderr}`))),
    Effect.timeoutOrElse({
      duration: "30 seconds",
      orElse: () => Effect.die(`readyz did not become ${status}:\n${server.log()}`)
    })
  )

/** Waits until a server has logged something: its lines come a little later than its answers. */
export const untilLogged = (server: Server, text: string) =>
  Effect.sync(() => server.log().includes(text)).pipe(
    Effect.repeat({ until: (isLogged) => isLogged, schedule: Schedule.spaced("5 millis") }),
    Effect.timeoutOrElse({
      duration: "10 seconds",
      orElse: () => Effect.die(`"${text}" was not logged:\n${server.log()}`)
    })
  )

/**
 * The first of the ports for tests, and their number. They are below those that systems give to connections and to
 * servers that let them choose, so nobody is given one before it is used.
 */
const PORTS = { first: 20_000, count: 12_000 } as const

/** Processes that run at the same time begin at different ports. */
let taken = randomInt(PORTS.count)

/** Two ports that nobody listens on. */
export const freePorts = Effect.promise(async () => [await freePort(), await freePort()] as const)

const freePort = async (attempts = 100): Promise<number> => {
  taken = (taken + 1) % PORTS.count
  const port = PORTS.first + taken
  const server = createServer().listen(port, "127.0.0.1")
  try {
    await once(server, "listening")
  } catch (error) {
    if (attempts > 1) return await freePort(attempts - 1)
    throw error
  }
  await once(server.close(), "close")
  return port
}
