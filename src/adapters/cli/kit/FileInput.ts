/**
 * Files that are named on the command line. Shells make pipes of them, as of `--password-file <(pass show identity)`,
 * and others are named pipes, so nothing here has a size or a position.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import { Data, Effect, Stream } from "effect"
import { constants, createReadStream, fstatSync, openSync } from "node:fs"
import { Socket } from "node:net"

/** There is no such file, it may not be read, or reading it failed; `cause` is what the system says. */
class FileUnreadable extends Data.TaggedError("FileUnreadable")<{ readonly cause: unknown }> {}

const unreadable = (cause: unknown) => new FileUnreadable({ cause })

/** The bytes of a file, from its beginning. */
export const bytesOf = (path: string): Stream.Stream<Uint8Array, FileUnreadable> =>
  Stream.unwrap(Effect.map(
    Effect.try({ try: () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), catch: unreadable }),
    (fd) => NodeStream.fromReadable({ evaluate: () => readableOf(fd), onError: unreadable })
  ))

/**
 * A pipe is waited for as a connection is. A thread of the pool would wait for its writer with nothing to stop it, and
 * with it the end of the process.
 */
const readableOf = (fd: number) =>
  fstatSync(fd).isFIFO() ? new Socket({ fd, readable: true, writable: false }) : createReadStream("", { fd })
