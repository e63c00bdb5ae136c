/**
 * How signals end this process, and with which exit code.
 *
 * SIGINT interrupts the running work; the exit code is 130. At SIGTERM the server finishes the requests it has accepted
 * and exits with 0. Commands have nothing to finish, so SIGTERM kills them. A second signal ends the process at once.
 * SIGHUP doesn't end a server. Servers ignore SIGUSR1, which makes Node open its debugger.
 */
import { Effect, Predicate, Queue, Runtime } from "effect"
import { constants } from "node:os"

let asked = false

let isOutputLost = false

/** Handles a first signal. A second one ends the process at once. */
const once = (signal: NodeJS.Signals, stop: () => void) => (): void => {
  if (asked) process.exit(128 + constants.signals[signal])
  asked = true
  stop()
}

export const runMain = Runtime.makeRunMain(({ fiber, teardown }) => {
  process.on("SIGINT", once("SIGINT", () => fiber.interruptUnsafe(fiber.id)))
  const lost = new Set<string>()
  // A reader may stop early. `identity list-accounts | head -1` doesn't fail.
  const note = (error: Error) => {
    if (codeOf(error) !== "EPIPE") lost.add(codeOf(error))
  }
  for (const stream of [process.stdout, process.stderr]) stream.on("error", note)
  process.stdout.once("error", () => isOutputLost = true)
  fiber.addObserver((exit) =>
    teardown(exit, (code) =>
      whenWritten(() => {
        if (lost.size > 0) process.stderr.write(`The output could not be written (${[...lost].join(", ")}).\n`)
        process.exit(lost.size > 0 && code === 0 ? 1 : code)
      }))
  )
})

/**
 * Completes once the output so far has been written, or has failed. Returns whether more can be written: `false` after
 * a failure, or once its reader has gone. Node doesn't show either at `process.stdout`.
 */
export const outputWritten: Effect.Effect<boolean> = Effect.callback((resume) => {
  whenWritten(() => resume(Effect.sync(() => !isOutputLost)))
})

/** Calls `done` once the output has been written or has failed, and any error was noted. */
const whenWritten = (done: () => void) => {
  if (process.stdout.writableLength === 0) setImmediate(done)
  else process.stdout.write("", () => setImmediate(done))
}

const codeOf = (error: Error): string => Predicate.hasProperty(error, "code") ? String(error.code) : error.message

/**
 * Runs a worker, which ignores SIGINT and SIGHUP. Terminals and service managers send them to all processes at once,
 * but the primary decides, and sends its workers messages.
 */
export const runWorker = Runtime.makeRunMain(({ fiber, teardown }) => {
  for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined)
  fiber.addObserver((exit) => teardown(exit, (code) => process.exit(code)))
})

/** Completes when the process is asked to end. */
export const terminated: Effect.Effect<void> = Effect.callback((resume) => {
  process.on("SIGTERM", once("SIGTERM", () => resume(Effect.void)))
})

/**
 * Handles SIGHUP from now on, so it no longer ends the process. `next` completes at each one; several at once may count
 * as one.
 */
export const handleHangUps: Effect.Effect<{ readonly next: Effect.Effect<void> }> = Effect.gen(function*() {
  const heard = yield* Queue.sliding<void>(1)
  process.on("SIGHUP", () => Queue.offerUnsafe(heard, undefined))
  process.on("SIGUSR1", () => undefined)
  return { next: Queue.take(heard) }
})
