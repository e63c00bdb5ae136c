/**
 * Files that are named on the command line. Shells make pipes of them, as of `--password-file <(pass show identity)`, and
 * others are named pipes, so nothing here has a size or a position.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import { Effect, Stream } from "effect"
import { constants, createReadStream, fstatSync, openSync } from "node:fs"
import { Socket } from "node:net"

/** The bytes of a file, from its beginning. Fails with what the system says. */
export const bytesOf = (path: string): Stream.Stream<Uint8Array, unknown> =>
  Stream.unwrap(Effect.map(
    Effect.try({ try: () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), catch: (error) => error }),
    (fd) => NodeStream.fromReadable({ evaluate: () => readableOf(fd), onError: (error) => error })
  ))

/**
 * A pipe is waited for as a connection is. A thread of the pool would wait for its writer with nothing to stop it, and
 * with it the end of the process.
 */
const readableOf = (fd: number) =>
  fstatSync(fd).isFIFO() ? new Socket({ fd, readable: true, writable: false }) : createReadStream("", { fd })
