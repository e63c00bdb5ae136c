/**
 * The system user that runs the Postgres programs. Postgres refuses to run as root, so root runs them as `postgres` or,
 * if there is no such user, as `nobody`. All others run them as themselves.
 */
import { Context, Data, Effect, FileSystem, Option } from "effect"
import { execFile } from "node:child_process"
import type { DataDirectory } from "./DataDirectory.ts"

export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

/** The file that lists the users of this machine. */
export const PasswdFile = Context.Reference<string>("identityd/platform/embedded/PasswdFile", {
  defaultValue: () => "/etc/passwd"
})

/** A Postgres program failed, or could not be started. */
export class ProgramFailed extends Data.TaggedError("ProgramFailed")<{ readonly reason: string }> {}

// The usual ids of `nobody`, for minimal container images without a list of users.
const nobody: ServerUser = { uid: 65534, gid: 65534 }

/**
 * The user that runs the programs of this data directory. `None` is the current user. For root it is the owner of an
 * existing cluster or of the data directory, even if a `postgres` user appears later.
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
 * Runs a Postgres program to its end and returns its stdout. It doesn't get our environment, which has secrets, and
 * `PG…` variables that would change what it does. The working directory is entered before the user changes, so it may
 * be below directories that the user can't enter.
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
      // A program that ends without reading its input breaks the pipe. Its exit code says why.
      child.stdin?.on("error", () => undefined)
      child.stdin?.end(options.input)
      return Effect.sync(() => child.kill())
    } catch (cause) {
      // Node throws when the system doesn't let us become that user, as in some rootless containers.
      resume(Effect.fail(new ProgramFailed({ reason: String(cause) })))
      return Effect.void
    }
  })
