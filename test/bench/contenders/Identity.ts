/** Our server as it ships: logs, metrics and security headers on, traces off. */
import { Context, Effect, Schema } from "effect"
import { execFile, spawn } from "node:child_process"
import { closeSync, openSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { freePorts } from "../../e2e/IdentityProcess.ts"
import { SIGNING_KEY } from "../machine/Population.ts"
import { peakMegabytes } from "../machine/ProcessUsage.ts"
import { startServer } from "../machine/ServerProcess.ts"
import type { ServerProcess, Variables } from "../machine/ServerProcess.ts"
import { progress } from "../suite/Progress.ts"

const file = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

/**
 * The program: what the compiler made of the sources, or the sources, which Node strips of their types at each start.
 */
export const Executable = Context.Reference<string>("identityd/test/bench/contenders/Executable", {
  defaultValue: () => file("dist/bin/identity.js")
})

export const SOURCES = file("bin/identity.js")

/** Compiles the sources, as the image is made of them. */
export const build: Effect.Effect<void> = Effect.promise(async () => {
  progress("building dist")
  await promisify(execFile)("npm", ["run", "build"], { cwd: file("") })
})

/** What the image, `npm start` and the unit of systemd have Node do. */
const FLAGS = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Array(Schema.String)))(
  /^ENTRYPOINT (.*)$/m.exec(readFileSync(file("Dockerfile"), "utf8"))?.[1]
).filter((word) => word.startsWith("--"))

export interface IdentityServer extends ServerProcess {
  readonly managementUrl: string
}

/** On a database by URL, or on the embedded one in a directory. */
export const startIdentity = Effect.fnUntraced(
  function*(
    options: {
      readonly database: string | { readonly dataDir: string }
      readonly name?: string
      readonly variables?: Variables
    }
  ) {
    const { database, name = "identity", variables = {} } = options
    const [port, managementPort] = yield* freePorts
    const managementUrl = `http://127.0.0.1:${managementPort}`
    const started = yield* startServer({
      name,
      flags: FLAGS,
      script: yield* Executable,
      words: ["serve"],
      variables: {
        ...(typeof database === "string"
          ? { IDENTITY_DATABASE_URL: database }
          : { IDENTITY_DATA_DIR: database.dataDir }),
        IDENTITY_SIGNING_KEYS: SIGNING_KEY,
        IDENTITY_PORT: String(port),
        IDENTITY_MANAGEMENT_PORT: String(managementPort),
        ...variables
      },
      url: `${"IDENTITY_TLS_CERT" in variables ? "https" : "http"}://127.0.0.1:${port}`,
      readyUrl: `${managementUrl}/readyz`
    })
    const server: IdentityServer = { ...started, managementUrl }
    return server
  }
)

/** Runs a command to its end; answers what it printed. */
export const runIdentity = (words: ReadonlyArray<string>, variables: Variables): Effect.Effect<string> =>
  Effect.flatMap(Executable, (executable) =>
    Effect.promise(async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [executable, ...words], {
        env: { PATH: process.env["PATH"], IDENTITY_SIGNING_KEYS: SIGNING_KEY, ...variables }
      })
      return stdout
    }))

export interface CommandUsage {
  /** Its start included. */
  readonly seconds: number
  readonly peakMb: number
}

/** Runs a command as the image does. Its output goes to a file. */
export const measureIdentity = Effect.fnUntraced(
  function*(words: ReadonlyArray<string>, variables: Variables, output: string) {
    const executable = yield* Executable
    return yield* Effect.callback<CommandUsage>((resume) => {
      const begun = performance.now()
      const file = openSync(output, "w")
      const child = spawn(process.execPath, [...FLAGS, executable, ...words], {
        env: { PATH: process.env["PATH"], IDENTITY_SIGNING_KEYS: SIGNING_KEY, ...variables },
        stdio: ["ignore", file, "inherit"]
      })
      closeSync(file)
      let peakMb = 0
      const watch = setInterval(() => {
        peakMb = Math.max(peakMb, peakMegabytes(child.pid ?? 0))
      }, 50)
      child.once("exit", (code) => {
        clearInterval(watch)
        const usage: CommandUsage = { seconds: (performance.now() - begun) / 1000, peakMb }
        resume(code === 0 ? Effect.succeed(usage) : Effect.die(new Error(`${words.join(" ")} ended with ${code}`)))
      })
      return Effect.sync(() => child.kill("SIGKILL"))
    })
  }
)
