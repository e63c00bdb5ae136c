/**
 * Closes the connection that is on its way to a worker when the worker dies.
 *
 * Node's primary keeps a connection open until the worker has said that it took it, and nobody closes it when the
 * worker can't say so any more: the client would wait for ever
 * (https://github.com/nodejs/node-v0.x-archive/issues/7006). At most one is on its way to each worker. Where Node comes
 * to hand connections over in another way, this does nothing.
 */
import { Predicate } from "effect"
import type { ChildProcess } from "node:child_process"

interface Closable {
  readonly close: () => void
}

const isClosable = (value: unknown): value is Closable =>
  Predicate.hasProperty(value, "close") && Predicate.isFunction(value.close)

/** Answers whether a connection is on its way to the worker, whenever it is asked. */
export const closeStranded = (worker: ChildProcess): () => boolean => {
  const send = worker.send
  let underWay: Closable | undefined
  Object.defineProperty(worker, "send", {
    value: (...args: ReadonlyArray<unknown>) => {
      if (isClosable(args[1])) underWay = args[1]
      return Reflect.apply(send, worker, args)
    }
  })
  // Before Node's own listener, which sends the next connection.
  worker.prependListener("internalMessage", (message: unknown) => {
    if (Predicate.hasProperty(message, "ack")) underWay = undefined
  })
  worker.once("exit", () => underWay?.close())
  return () => underWay !== undefined
}
