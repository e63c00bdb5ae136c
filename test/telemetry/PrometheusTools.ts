/** Programs of Debian's packages `prometheus` and `prometheus-alertmanager`, which a machine may not have. */
import { Effect, Schedule, Schema } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { request } from "../e2e/IdentityProcess.ts"

const isThere = (program: string): boolean => spawnSync(program, ["--version"]).status === 0

export const hasPromtool = isThere("promtool")
export const hasPrometheus = isThere("prometheus")

/** What a tool says about files, if it is not content with them. */
export const complaint = (tool: "amtool" | "promtool", args: ReadonlyArray<string>): string | undefined => {
  const { status, stderr, stdout } = spawnSync(tool, args, { encoding: "utf8" })
  return status === 0 ? undefined : stdout + stderr
}

/** Runs a program with a web interface until the scope closes, and waits until it is ready. */
export const running = Effect.fnUntraced(function*(program: string, args: ReadonlyArray<string>, url: string) {
  let said = ""
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] })
      child.stderr.on("data", (chunk) => said += String(chunk))
      return child
    }),
    (child) =>
      Effect.promise(async () => {
        const closed = once(child, "close")
        if (child.kill("SIGKILL")) await closed
      })
  )
  yield* request(`${url}/-/ready`).pipe(
    Effect.filterOrFail((response) => response.status === 200),
    Effect.retry(Schedule.spaced("100 millis")),
    Effect.timeoutOrElse({ duration: "15 seconds", orElse: () => Effect.die(`${program} did not start:\n${said}`) })
  )
})

/** Asks an address for JSON of a form. */
export const ask = <A>(url: string, form: Schema.Decoder<A>) =>
  request(url).pipe(
    Effect.flatMap((response) => Effect.promise(() => response.json())),
    Effect.flatMap(Schema.decodeUnknownEffect(form))
  )
