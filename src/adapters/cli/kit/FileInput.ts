/**
 * Reads files that are named on the command line. They may be pipes, as in `--password-file <(pass show identity)`, so
 * they have neither a size nor a position.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import { Data, Effect, Stdio, Stream } from "effect"
import { constants, createReadStream, fstatSync, openSync, statSync } from "node:fs"
import { Socket } from "node:net"
import { wrongUsage } from "./Failure.ts"

/** The file doesn't exist, may not be read, or reading failed. `cause` is the system's error. */
class FileUnreadable extends Data.TaggedError("FileUnreadable")<{ readonly cause: unknown }> {}

const unreadable = (cause: unknown) => new FileUnreadable({ cause })

/** The bytes of a file, from its beginning. */
export const readBytes = (path: string): Stream.Stream<Uint8Array, FileUnreadable> =>
  Stream.unwrap(Effect.map(
    Effect.try({ try: () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), catch: unreadable }),
    (fd) => NodeStream.fromReadable({ evaluate: () => readableOf(fd), onError: unreadable })
  ))

/** The bytes of a file, or with `-` those of standard input. */
export const readInput = (file: string) =>
  file === "-"
    ? Stream.unwrap(Effect.map(Stdio.Stdio, ({ stdin }) => stdin)).pipe(
      Stream.mapError(() => wrongUsage("Standard input can't be read."))
    )
    : Stream.mapError(readBytes(file), () => wrongUsage(`The file ${JSON.stringify(file)} can't be read.`))

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

/** How many bytes that is; undefined for standard input and pipes, or if it isn't known. */
export const inputSize = (file: string): number | undefined => {
  const stats = file === "-" ? undefined : statSync(file, { throwIfNoEntry: false })
  return stats?.isFile() === true ? stats.size : undefined
}
