import { Effect, Option, Queue, Terminal } from "effect"
import type { Cause } from "effect"

const NAMES: Readonly<Record<string, string>> = { "\r": "return", "\u007f": "backspace", "\u0003": "c" }

/**
 * A terminal at which somebody types: `\r` is the return key, `\u007f` takes back, and `\u0003` is Ctrl-C. A second
 * question gets the keys after those of the first. It shows nothing on stdout, and is wide by default.
 */
export const terminal = (typed: string, columns = 200) => {
  const readInput = Effect.runSync(Effect.cached(Effect.gen(function*() {
    const queue = yield* Queue.make<Terminal.UserInput, Cause.Done>()
    for (const character of typed) {
      const ctrl = character === "\u0003"
      const key = { name: NAMES[character] ?? character, ctrl, meta: false, shift: false }
      Queue.offerUnsafe(queue, { input: Option.some(character), key })
      if (ctrl) Queue.endUnsafe(queue)
    }
    return queue
  })))
  return Terminal.make({
    columns: Effect.succeed(columns),
    rows: Effect.succeed(24),
    size: Effect.die("nobody resizes it"),
    readLine: Effect.die("nobody reads lines"),
    display: () => Effect.die("prompts are not for stdout"),
    readInput
  })
}
