/**
 * This process: how it is asked to stop, and with what it ends.
 *
 * SIGINT interrupts whatever runs, which ends with 130. SIGTERM is a request to the server, which finishes what it
 * accepted and ends with 0; commands have nothing to finish, and die of it as programs do. Whoever signals again does
 * not want to wait any longer. SIGHUP ends no server, and SIGUSR1, with which Node would open its debugger, does
 * nothing to one.
 */
import { Effect, Predicate, Queue, Runtime } from "effect"
import { constants } from "node:os"

let asked = false

/** Answers a first signal; a second one ends the process at once. */
const once = (signal: NodeJS.Signals, stop: () => void) => (): void => {
  if (asked) process.exit(128 + constants.signals[signal])
  asked = true
  stop()
}

export const runMain = Runtime.makeRunMain(({ fiber, teardown }) => {
  process.on("SIGINT", once("SIGINT", () => fiber.interruptUnsafe(fiber.id)))
  const lost = new Set<string>()
  // A reader that went away has seen enough: `identity list-accounts | head -1` is no failure.
  const note = (error: Error) => {
    if (codeOf(error) !== "EPIPE") lost.add(codeOf(error))
  }
  for (const stream of [process.stdout, process.stderr]) stream.on("error", note)
  fiber.addObserver((exit) =>
    teardown(exit, (code) =>
      whenWritten(() => {
        if (lost.size > 0) process.stderr.write(`The output could not be written (${[...lost].join(", ")}).\n`)
        process.exit(lost.size > 0 && code === 0 ? 1 : code)
      }))
  )
})

/** Calls back when the result has left or can't any more, and streams have said so. Writes nothing if nothing waits. */
const whenWritten = (done: () => void) => {
  if (process.stdout.writableLength === 0) setImmediate(done)
  else process.stdout.write("", () => setImmediate(done))
}

const codeOf = (error: Error): string => Predicate.hasProperty(error, "code") ? String(error.code) : error.message

/**
 * For a worker. Terminals and service managers signal all processes at once; it is the primary that decides, and tells
 * its workers.
 */
export const runWorker = Runtime.makeRunMain(({ fiber, teardown }) => {
  for (const signal of ["SIGINT", "SIGHUP", "SIGUSR1"] as const) process.on(signal, () => undefined)
  fiber.addObserver((exit) => teardown(exit, (code) => process.exit(code)))
})

/** Completes when the process is asked to end. */
export const terminated: Effect.Effect<void> = Effect.callback((resume) => {
  process.on("SIGTERM", once("SIGTERM", () => resume(Effect.void)))
})

/** From now on SIGHUP ends nothing: `next` completes at each. Several that come at once may be one. */
export const hearHangUps: Effect.Effect<{ readonly next: Effect.Effect<void> }> = Effect.gen(function*() {
  const heard = yield* Queue.sliding<void>(1)
  process.on("SIGHUP", () => Queue.offerUnsafe(heard, undefined))
  process.on("SIGUSR1", () => undefined)
  return { next: Queue.take(heard) }
})
