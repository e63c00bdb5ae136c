/**
 * Sends requests over a number of connections, each as soon as the previous one was answered. `wrk`, because it takes a
 * fraction of the CPU that a load generator in JavaScript does, which on a small machine is the servers'.
 */
import { Effect, Schema } from "effect"
import { execFile, execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"

export interface LoadOptions {
  readonly url: string
  /** A file of requests as `requests.lua` reads it; they are sent in random order. */
  readonly requests: string
  readonly connections: number
  readonly seconds: number
}

const Outcome = Schema.Struct({
  requests: Schema.Finite,
  seconds: Schema.Finite,
  p50Ms: Schema.Finite,
  p99Ms: Schema.Finite,
  /** Connections that broke, and answers other than 2xx. */
  failures: Schema.Finite
})
export type Outcome = typeof Outcome.Type

const script = fileURLToPath(new URL("requests.lua", import.meta.url))

/** `wrk` and its version, or `undefined` where it is not installed. */
export const generator = (): string | undefined => {
  try {
    return execFileSync("wrk", ["-v"], { encoding: "utf8" }).split("\n")[0]?.replace(/^(\S+ \S+).*$/, "$1")
  } catch (error) {
    // It says its version and ends with 1.
    const text = error instanceof Error && "stdout" in error ? String(error.stdout) : ""
    return text.startsWith("wrk") ? text.split(" ").slice(0, 2).join(" ") : undefined
  }
}

let seed = 1

/** Loads a server for a while. Failures are counted, not raised: who expects none says so. */
export const send = (options: LoadOptions): Effect.Effect<Outcome> =>
  Effect.flatMap(
    Effect.callback<string>((resume) => {
      const child = execFile("wrk", [
        "--threads=1",
        `--connections=${options.connections}`,
        `--duration=${options.seconds}s`,
        "--timeout=10s",
        `--script=${script}`,
        options.url,
        "--",
        options.requests,
        String(seed++)
      ], (error, stdout, stderr) =>
        resume(error === null ? Effect.succeed(stdout) : Effect.die(new Error(`wrk: ${stderr || error.message}`))))
      return Effect.sync(() =>
        child.kill("SIGKILL")
      )
    }),
    (stdout) =>
      Schema.decodeEffect(Schema.fromJsonString(Outcome))(/^OUTCOME (.*)$/m.exec(stdout)?.[1] ?? "")
  ).pipe(Effect.orDie)
