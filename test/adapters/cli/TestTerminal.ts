import { Effect, Option, Queue, Terminal } from "effect"
import type { Cause } from "effect"

/** A terminal at which somebody types: `\r` is the return key and `\u0003` is Ctrl-C. It shows nothing on stdout. */
export const terminal = (typed: string) =>
  Terminal.make({
    columns: Effect.succeed(80),
    rows: Effect.succeed(24),
    size: Effect.die("nobody resizes it"),
    readLine: Effect.die("nobody reads lines"),
    display: () => Effect.die("prompts are not for stdout"),
    readInput: Effect.gen(function*() {
      const queue = yield* Queue.make<Terminal.UserInput, Cause.Done>()
      for (const character of typed) {
        const ctrl = character === "\u0003"
        const name = character === "\r" ? "return" : ctrl ? "c" : character
        Queue.offerUnsafe(queue, { input: Option.some(character), key: { name, ctrl, meta: false, shift: false } })
        if (ctrl) Queue.endUnsafe(queue)
      }
      return queue
    })
  })
