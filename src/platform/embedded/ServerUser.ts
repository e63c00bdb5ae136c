/**
 * The operating system's user that runs the Postgres programs. Postgres refuses to run as root, so as root they run as
 * the `postgres` user or, where there is none, as `nobody`; otherwise as the current user.
 */
import { Context, Data, Effect, FileSystem, Option } from "effect"
import { execFile } from "node:child_process"
import type { DataDirectory } from "./DataDirectory.ts"

export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

/** Where the users of this machine are listed. */
export const PasswdFile = Context.Reference<string>("identityd/platform/embedded/PasswdFile", {
  defaultValue: () => "/etc/passwd"
})

/** A Postgres program ended badly, or could not be run at all. */
export class ProgramFailed extends Data.TaggedError("ProgramFailed")<{ readonly reason: string }> {}

// What is customary for `nobody` where no list of users exists, as in the smallest container images.
const nobody: ServerUser = { uid: 65534, gid: 65534 }

/**
 * The user that runs the programs of this data directory; `None` for the current user. As root it is the owner of the
 * cluster, even if a `postgres` user appears later, and another user's directory stays that user's.
 */
export const find = Effect.fnUntraced(function*(directory: DataDirectory) {
  if (process.getuid?.() !== 0) return Option.none<ServerUser>()
  const owners = yield* Effect.all([ownerOf(directory.cluster), ownerOf(directory.path)])
  const owner = Option.firstSomeOf(owners)
  return Option.isSome(owner) ? owner : Option.some(yield* systemUser)
})

const ownerOf = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  const owner = yield* Effect.option(fs.stat(path))
  return Option.all({
    uid: Option.filter(Option.flatMap(owner, (info) => info.uid), (uid) => uid !== 0),
    gid: Option.flatMap(owner, (info) => info.gid)
  })
})

const systemUser = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const passwd = yield* fs.readFileString(yield* PasswdFile).pipe(Effect.orElseSucceed(() => ""))
  const users = passwd.split("\n").map((line) => line.split(":"))
  return ["postgres", "nobody"].flatMap((name) => users.filter((fields) => fields[0] === name))
    .map((fields): ServerUser => ({ uid: Number(fields[2]), gid: Number(fields[3]) }))
    .find((user) => Number.isInteger(user.uid) && Number.isInteger(user.gid) && user.uid !== 0) ?? nobody
})

/**
 * Runs a Postgres program to its end, answering what it wrote to stdout. The environment is not handed on: it holds
 * secrets of ours, and `PG…` variables that would change what the program does. The working directory is entered
 * before the user is changed, so it may lie below directories that the user may not enter.
 */
export const run = (
  program: string,
  programArguments: ReadonlyArray<string>,
  options: { readonly cwd: string; readonly user: Option.Option<ServerUser>; readonly input?: string }
): Effect.Effect<string, ProgramFailed> =>
  Effect.callback<string, ProgramFailed>((resume) => {
    try {
      const child = execFile(program, programArguments, {
        cwd: options.cwd,
        env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
        timeout: 60_000,
        ...Option.getOrElse(options.user, () => ({}))
      }, (error, stdout, stderr) =>
        resume(
          error === null
            ? Effect.succeed(stdout)
            : Effect.fail(new ProgramFailed({ reason: stderr.trim().split("\n").at(-1) || error.message }))
        ))
      // A program that ends without reading its input breaks the pipe; its exit says why.
      child.stdin?.on("error", () => undefined)
      child.stdin?.end(options.input)
      return Effect.sync(() => child.kill())
    } catch (cause) {
      // Thrown at once when the system lets nobody become that user, as in some rootless containers.
      resume(Effect.fail(new ProgramFailed({ reason: String(cause) })))
      return Effect.void
    }
  })
