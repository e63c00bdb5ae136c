/** The embedded server lets in the owner of the data and root, and nobody else who can reach its socket. */
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { execFile, execFileSync, spawnSync } from "node:child_process"
import { promisify } from "node:util"
import * as EmbeddedPostgres from "../../../src/platform/embedded/EmbeddedPostgres.ts"
import { emptyDirectory, isRoot, Platform, processColumn, query, serverPid, usedDirectory } from "./Owners.ts"

const root = { uid: 0, gid: 0 }
const nobody = { uid: 65534, gid: 65534 }

// A Node below a directory of root's can't be run by anyone else.
const othersCanRunNode = isRoot && spawnSync(process.execPath, ["--version"], nobody).status === 0

/** Asks to be let in as the superuser, over a socket, and prints the kind of the server's first message. */
const knock = `
  const socket = require("node:net").connect(process.argv[1])
  const parameters = Buffer.from("\\0\\x03\\0\\0user\\0identity\\0database\\0identity\\0\\0", "latin1")
  const length = Buffer.alloc(4)
  length.writeInt32BE(parameters.length + 4)
  socket.write(Buffer.concat([length, parameters]))
  socket.once("data", (data) => {
    console.log(String.fromCharCode(data[0]) === "R" && data.readInt32BE(5) === 0 ? "welcome" : data.toString("latin1"))
    process.exit()
  })
`

/** The server's answer to a process of another user that reaches the socket. */
const knockAs = (user: { readonly uid: number; readonly gid: number }, pid: number) =>
  Effect.promise(() =>
    promisify(execFile)(process.execPath, ["-e", knock, `/proc/${pid}/cwd/.s.PGSQL.5432`], {
      cwd: "/",
      env: {},
      ...user
    })
  ).pipe(Effect.map(({ stdout }) => stdout.trim()))

/** What initdb of earlier releases wrote. */
const TRUSTING = "local all all trust\nhost all all 127.0.0.1/32 trust\n"

it.layer(Platform, { excludeTestServices: true })("Connections to the embedded server", (it) => {
  it.effect.skipIf(!othersCanRunNode)(
    "as root, processes of the user that runs the server are let in no more than others",
    () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const dataDir = yield* usedDirectory
        const knocks = Effect.gen(function*() {
          const connection = yield* EmbeddedPostgres.acquire({ dataDir })
          assert.deepStrictEqual(yield* query(connection, "SELECT current_user AS me"), [{ me: "identity" }])
          const pid = yield* serverPid(dataDir)
          const [uid, gid] = [yield* processColumn(pid, "uid"), yield* processColumn(pid, "gid")]
          assert.notStrictEqual(uid, 0)
          assert.strictEqual(yield* knockAs(root, pid), "welcome")
          return yield* knockAs({ uid, gid }, pid)
        }).pipe(Effect.scoped)
        assert.match(yield* knocks, /^E.*C28000\0.*peer authentication failed/is)

        // A directory of an earlier release, in which somebody planted a link where root is about to write.
        const bystander = `${yield* emptyDirectory}/bystander`
        yield* fs.writeFileString(bystander, "untouched")
        yield* fs.writeFileString(`${dataDir}/cluster/pg_hba.conf`, TRUSTING)
        yield* fs.remove(`${dataDir}/cluster/pg_ident.conf`)
        yield* fs.symlink(bystander, `${dataDir}/cluster/pg_ident.conf`)
        assert.match(yield* knocks, /^E.*C28000\0/s)
        assert.strictEqual(yield* fs.readFileString(bystander), "untouched")
      })
  )

  it.effect.skipIf(!othersCanRunNode)(
    "as root in another user's directory, that user and root are let in",
    () =>
      Effect.gen(function*() {
        const home = yield* usedDirectory
        execFileSync("chown", ["-R", `${nobody.uid}:${nobody.gid}`, home])
        yield* EmbeddedPostgres.acquire({ dataDir: home })
        const pid = yield* serverPid(home)
        assert.strictEqual(yield* knockAs(nobody, pid), "welcome")
        assert.strictEqual(yield* knockAs(root, pid), "welcome")
      })
  )

  it.effect("nobody would be let in over TCP, and nobody without the name of an owner", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const dataDir = yield* usedDirectory
      const connection = yield* EmbeddedPostgres.acquire({ dataDir })
      assert.deepStrictEqual(
        yield* query(
          connection,
          "SELECT type, auth_method, count(*)::int AS rules FROM pg_hba_file_rules WHERE error IS NULL GROUP BY 1, 2 ORDER BY 1"
        ),
        [{ type: "host", auth_method: "reject", rules: 1 }, { type: "local", auth_method: "peer", rules: 1 }]
      )
      assert.strictEqual((yield* fs.stat(`${dataDir}/cluster/pg_hba.conf`)).mode & 0o777, 0o600)
    }))
})
