/**
 * Lets in processes of the data directory's owner and of root only. The kernel names the user at the other end of the
 * socket. As root the server runs as another user, such as `postgres`, and programs of that user would otherwise be
 * superusers of our database: they can reach the socket through `/proc`.
 *
 * Without root, server and owner are one user, who may do anything to the data anyway.
 */
import { Effect, FileSystem, Option } from "effect"
import { userInfo } from "node:os"
import * as DataDirectory from "./DataDirectory.ts"
import { run } from "./ServerUser.ts"
import type { ServerUser } from "./ServerUser.ts"

/** Writes it into the cluster, replacing what earlier releases wrote. For each start of a server, before it. */
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
 * The names of the users. `None` where the current user has none, as in containers that run as a made-up number:
 * Postgres could not tell its own user from others, but only that one and root reach the socket.
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

/** Asked of the system, which may know users that `/etc/passwd` does not list. */
const nameOf = (uid: number) =>
  run("id", ["-nu", String(uid)], { cwd: "/", user: Option.none() }).pipe(
    Effect.map((name) => name.trim()),
    Effect.option
  )

const quoted = (name: string): string => `"${name.replaceAll("\"", "\"\"")}"`

/**
 * A file of the server's in its own directory. It is made where the server's user can't interfere and renamed into
 * place: if root wrote through a name in that directory, a link planted there would have it overwrite any file.
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
