/**
 * Sends requests over a number of connections, each as soon as the previous one was answered. By `wrk` where it is
 * installed: it takes a fraction of the CPU that a load generator in JavaScript does, which on a small machine is the
 * servers'. Otherwise by autocannon.
 */
import { Effect, Schema } from "effect"
import { execFile, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { installed } from "./Peers.ts"

export interface LoadOptions {
  readonly url: string
  /** A file of requests as `requests.lua` reads it; they are sent in random order. */
  readonly requests: string
  readonly connections: number
  readonly seconds: number
  /** So many HTTP/2 streams at once on each connection. `h2load` sends them, all with the first request of the file. */
  readonly streams?: number
}

const Outcome = Schema.Struct({
  requests: Schema.Finite,
  seconds: Schema.Finite,
  p50Ms: Schema.Finite,
  p99Ms: Schema.Finite,
  /** Connections that broke, and answers other than 2xx. */
  failures: Schema.Finite
})
type Outcome = typeof Outcome.Type

export interface LoadGenerator {
  /** With its version. */
  readonly name: string
  /** Loads a server for a while. Failures are counted, not raised: who expects none says so. */
  readonly send: (options: LoadOptions) => Effect.Effect<Outcome>
}

/** The one there is on this machine. */
export const findGenerator: Effect.Effect<LoadGenerator> = Effect.suspend(() => {
  const { error, stdout } = spawnSync("wrk", ["-v"], { encoding: "utf8" })
  return error === undefined ? Effect.succeed(wrk(stdout.split(" ").slice(0, 2).join(" "))) : autocannon
})

const script = fileURLToPath(new URL("requests.lua", import.meta.url))

let seed = 1

const wrk = (name: string): LoadGenerator => ({
  name,
  send: ({ connections, requests, seconds, streams, url }) =>
    streams !== undefined ? h2load({ connections, requests, seconds, streams, url }) : outcomeOf("wrk", [
      "--threads=1",
      `--connections=${connections}`,
      `--duration=${seconds}s`,
      "--timeout=10s",
      `--script=${script}`,
      url,
      "--",
      requests,
      String(seed++)
    ])
})

const autocannon: Effect.Effect<LoadGenerator> = Effect.map(Effect.orDie(installed("autocannon")), (folder) => ({
  name: "autocannon (wrk is not installed)",
  send: ({ connections, requests, seconds, url }) =>
    outcomeOf(process.execPath, [`${folder}/load.js`, url, requests, String(connections), String(seconds)])
}))

/** Whether HTTP/2 can be measured here. */
export const hasHttp2Generator = (): boolean => spawnSync("h2load", ["--version"]).error === undefined

/** It says nothing of percentiles. */
const h2load = ({ connections, requests, seconds, streams, url }: Required<LoadOptions>): Effect.Effect<Outcome> => {
  const [, path = "", , name = "", value = ""] = readFileSync(requests, "utf8").split("\n", 1)[0]?.split("\t") ?? []
  return Effect.map(
    outputOf("h2load", [
      "--threads=1",
      `--clients=${connections}`,
      `--max-concurrent-streams=${streams}`,
      `--duration=${seconds}`,
      `--header=${name}: ${value}`,
      `${url}${path}`
    ]),
    (stdout): Outcome => {
      const [, done = 0, succeeded = 0] = (/, (\d+) done, (\d+) succeeded/.exec(stdout) ?? []).map(Number)
      return { requests: done, seconds, failures: done - succeeded, p50Ms: NaN, p99Ms: NaN }
    }
  )
}

const outcomeOf = (program: string, words: ReadonlyArray<string>): Effect.Effect<Outcome> =>
  outputOf(program, words).pipe(
    Effect.flatMap((stdout) => readOutcome(/^OUTCOME (.*)$/m.exec(stdout)?.[1] ?? "")),
    Effect.orDie
  )

const outputOf = (program: string, words: ReadonlyArray<string>): Effect.Effect<string> =>
  Effect.callback<string>((resume) => {
    const child = execFile(
      program,
      words,
      (error, stdout, stderr) =>
        resume(
          error === null ? Effect.succeed(stdout) : Effect.die(new Error(`${program}: ${stderr || error.message}`))
        )
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const readOutcome = Schema.decodeEffect(Schema.fromJsonString(Outcome))
