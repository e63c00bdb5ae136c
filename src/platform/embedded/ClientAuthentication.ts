/**
 * Admits only processes of the data directory's owner and of root. The kernel names the user at the other end of the
 * socket. When we are root, the server runs as another user, such as `postgres`. Without this rule, other programs of
 * that user could reach the socket through `/proc` and be superusers of our database.
 *
 * Without root, the server and the owner are the same user, who can change the data anyway.
 */
import { Effect, FileSystem, Option } from "effect"
import { userInfo } from "node:os"
import * as DataDirectory from "./DataDirectory.ts"
import { run } from "./ServerUser.ts"
import type { ServerUser } from "./ServerUser.ts"

/** Writes the rules into the cluster, replacing those of earlier releases. Runs before each start of a server. */
export const write = Effect.fnUntraced(
  function*(directory: DataDirectory.DataDirectory, user: Option.Option<ServerUser>) {
    const names = yield* admitted(directory)
    const method = Option.match(names, { onNone: () => "trust", onSome: () => "peer map=owner" })
    yield* replace(directory, user, "pg_hba.conf", `local all all ${method}\nhost all all all reject\n`)
    const rows = Option.getOrElse(names, () => []).map((name) => `owner ${quoted(name)} all\n`)
    yield* replace(directory, user, "pg_ident.conf", rows.join(""))
  }
)

/**
 * The names of the admitted users. `None` when the current user has no name, as in containers that run as an arbitrary
 * number. Postgres then can't distinguish users, but only this user and root can reach the socket.
 */
const admitted = Effect.fnUntraced(function*(directory: DataDirectory.DataDirectory) {
  const fs = yield* FileSystem.FileSystem
  const ownUid = process.getuid?.()
  const self = yield* Effect.option(Effect.try(() => userInfo().username))
  if (Option.isNone(self) && ownUid !== 0) return Option.none<ReadonlyArray<string>>()
  const { uid } = yield* fs.stat(directory.path)
  const owner = Option.filter(uid, (uid) => uid !== 0 && uid !== ownUid)
  const ownerName = yield* Option.match(owner, { onNone: () => Effect.succeedNone, onSome: nameOf })
  return Option.some([...new Set(["root", ...Option.toArray(self), ...Option.toArray(ownerName)])])
})

/** Asks the system, which may know users that aren't in `/etc/passwd`. */
const nameOf = (uid: number) =>
  run("id", ["-nu", String(uid)], { cwd: "/", user: Option.none() }).pipe(
    Effect.map((name) => name.trim()),
    Effect.option
  )

const quoted = (name: string): string => `"${name.replaceAll("\"", "\"\"")}"`

/**
 * Replaces a file in the server's directory. The file is made where the server's user can't interfere, and renamed into
 * place. If root wrote to a name in that directory, a link planted there could make it overwrite any file.
 */
const replace = Effect.fnUntraced(
  function*(directory: DataDirectory.DataDirectory, user: Option.Option<ServerUser>, name: string, text: string) {
    const fs = yield* FileSystem.FileSystem
    const partial = `${yield* DataDirectory.makePartial(directory.path)}/${name}`
    yield* fs.writeFileString(partial, text, { mode: 0o600 })
    if (Option.isSome(user)) yield* fs.chown(partial, user.value.uid, user.value.gid)
    yield* fs.rename(partial, `${directory.cluster}/${name}`)
  },
  Effect.scoped
)
