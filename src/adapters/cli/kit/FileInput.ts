/**
 * Reads files that are named on the command line. They may be pipes, as in `--password-file <(pass show identity)`, so
 * they have neither a size nor a position.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import { Data, Effect, Stream } from "effect"
import { constants, createReadStream, fstatSync, openSync, statSync } from "node:fs"
import { Socket } from "node:net"

/** The file doesn't exist, may not be read, or reading failed. `cause` is the system's error. */
class FileUnreadable extends Data.TaggedError("FileUnreadable")<{ readonly cause: unknown }> {}

const unreadable = (cause: unknown) => new FileUnreadable({ cause })

/** The bytes of a file, from its beginning. */
export const readBytes = (path: string): Stream.Stream<Uint8Array, FileUnreadable> =>
  Stream.unwrap(Effect.map(
    Effect.try({ try: () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), catch: unreadable }),
    (fd) => NodeStream.fromReadable({ evaluate: () => readableOf(fd), onError: unreadable })
  ))

/** How much is read at once. Larger pieces make larger statements of an import. */
const PIECE_BYTES = 128 * 1024

/**
 * Reads a pipe like a socket, without a thread. A thread of the pool would wait for the pipe's writer uninterruptibly,
 * and keep the process from ending.
 */
const readableOf = (fd: number) =>
  fstatSync(fd).isFIFO()
    ? new Socket({ fd, readable: true, writable: false })
    : createReadStream("", { fd, highWaterMark: PIECE_BYTES })

/** The bytes of a file; undefined for a pipe, or if it isn't known. */
export const fileSize = (path: string): number | undefined => {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats?.isFile() === true ? stats.size : undefined
}
