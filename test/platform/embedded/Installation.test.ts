import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Option } from "effect"
import { execFileSync, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as DataDirectory from "../../../src/platform/embedded/DataDirectory.ts"
import * as EmbeddedPostgres from "../../../src/platform/embedded/EmbeddedPostgres.ts"
import { PostgresPackage, SharedPlaces } from "../../../src/platform/embedded/PostgresBinaries.ts"
import { PasswdFile } from "../../../src/platform/embedded/ServerUser.ts"
import {
  emptyDirectory,
  isRoot,
  Platform,
  processColumn,
  query,
  serverPid,
  startOwner,
  usedDirectory
} from "./Owners.ts"

const nobody = { uid: 65534, gid: 65534 }

// A checkout below a directory of root's can't be run by anyone else.
const othersCanRunUs = isRoot &&
  spawnSync(process.execPath, ["--check", fileURLToPath(new URL("owner.ts", import.meta.url))], nobody).status === 0

/** A directory that everyone may enter. */
const publicDirectory = Effect.gen(function*() {
  const directory = yield* emptyDirectory
  yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.chmod(directory, 0o755))
  return directory
})

it.layer(Platform, { excludeTestServices: true })("The embedded Postgres installation", (it) => {
  it.effect("a package that lost its symbolic links, below a directory that only its owner enters, is used all the same", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const source = Option.getOrThrow(yield* PostgresPackage)
      const copy = `${yield* emptyDirectory}/package`
      execFileSync("cp", ["-R", source, copy])
      execFileSync("find", [copy, "-type", "l", "-delete"])
      const place = yield* publicDirectory
      const connection = yield* EmbeddedPostgres.acquire({ dataDir: `${yield* emptyDirectory}/data` }).pipe(
        Effect.provideService(PostgresPackage, Option.some(copy)),
        Effect.provideService(SharedPlaces, [place])
      )
      assert.deepStrictEqual(yield* query(connection, "SELECT 1 AS row"), [{ row: 1 }])
      if (isRoot) {
        const [name] = yield* fs.readDirectory(place)
        assert.strictEqual(yield* fs.readLink(`${place}/${name}/lib/libpq.so.5`), "libpq.so.5.18")
      }
    }))

  it.effect.skipIf(!isRoot)(
    "as root where there is no postgres user, the server runs as nobody and owns its data",
    () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const parent = yield* emptyDirectory
        const passwd = `${parent}/passwd`
        yield* fs.writeFileString(passwd, "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n")
        yield* fs.chmod(parent, 0o700)
        const dataDir = `${parent}/data`
        yield* EmbeddedPostgres.acquire({ dataDir }).pipe(Effect.provideService(PasswdFile, passwd))
        assert.strictEqual(yield* processColumn(yield* serverPid(dataDir), "uid"), nobody.uid)
        assert.deepStrictEqual((yield* fs.stat(`${dataDir}/cluster`)).uid, Option.some(nobody.uid))
      })
  )

  it.effect.skipIf(!isRoot)(
    "as root the server stays with the user that its data belongs to",
    () =>
      Effect.gen(function*() {
        const dataDir = yield* usedDirectory
        execFileSync("chown", ["-R", `${nobody.uid}:${nobody.gid}`, `${dataDir}/cluster`])
        const connection = yield* EmbeddedPostgres.acquire({ dataDir })
        assert.deepStrictEqual(yield* query(connection, "SELECT 1 AS row"), [{ row: 1 }])
        assert.strictEqual(yield* processColumn(yield* serverPid(dataDir), "uid"), nobody.uid)
      })
  )

  it.effect.skipIf(!othersCanRunUs)(
    "another user's data directory serves that user and root beside it",
    () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const home = yield* publicDirectory
        yield* fs.chown(home, nobody.uid, nobody.gid)
        const dataDir = `${home}/data`
        yield* Effect.flatMap(startOwner(dataDir, nobody), (owner) => owner.leave)
        const connection = yield* EmbeddedPostgres.acquire({ dataDir })
        assert.strictEqual(yield* processColumn(yield* serverPid(dataDir), "uid"), nobody.uid)
        const owner = yield* startOwner(dataDir, nobody)
        assert.deepStrictEqual(yield* query(owner.connection, "SELECT 1 AS row"), [{ row: 1 }])
        assert.strictEqual(owner.connection.path, connection.path)
      })
  )

  it.effect.skipIf(!isRoot)(
    "as root no binary is run from a place that others can change",
    () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const place = yield* emptyDirectory
        yield* fs.chmod(place, 0o777)
        const error = yield* EmbeddedPostgres.acquire({ dataDir: `${yield* emptyDirectory}/data` }).pipe(
          Effect.provideService(SharedPlaces, [place]),
          Effect.flip
        )
        assert.include(error.message, `${place} can be changed by other users`)
        assert.deepStrictEqual(yield* fs.readDirectory(place), [])
      })
  )

  it.effect("where there are no binaries the refusal names the way out", () =>
    Effect.gen(function*() {
      const error = yield* EmbeddedPostgres.acquire({ dataDir: yield* emptyDirectory }).pipe(
        Effect.provideService(PostgresPackage, Option.none()),
        Effect.flip
      )
      assert.strictEqual(error._tag, "EmbeddedPostgresUnsupported")
      assert.include(error.message, "IDENTITY_DATABASE_URL")
      assert.include(error.message, "compose.yaml")
    }))

  it.effect("binaries that do not run here count as none", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const source = yield* emptyDirectory
      yield* fs.makeDirectory(`${source}/native/bin`, { recursive: true })
      yield* fs.writeFileString(`${source}/package.json`, JSON.stringify({ version: "0.0.0" }))
      yield* fs.writeFileString(`${source}/native/pg-symlinks.json`, "[]")
      yield* fs.writeFileString(`${source}/native/bin/postgres`, "#!/lib/ld-of-another-libc\n")
      const error = yield* EmbeddedPostgres.acquire({ dataDir: `${yield* emptyDirectory}/data` }).pipe(
        Effect.provideService(PostgresPackage, Option.some(source)),
        Effect.provideService(SharedPlaces, [yield* publicDirectory]),
        Effect.flip
      )
      assert.strictEqual(error._tag, "EmbeddedPostgresUnsupported")
    }))

  it.effect("what a killed starter left behind is cleared away, but not what another is making", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const dataDir = yield* emptyDirectory
      yield* fs.makeDirectory(`${dataDir}/.partial-old/cluster`, { recursive: true })
      yield* fs.makeDirectory(`${dataDir}/.partial-new/cluster`, { recursive: true })
      yield* fs.makeDirectory(`${dataDir}/cluster`)
      yield* fs.utimes(`${dataDir}/.partial-old`, 0, 0)
      yield* EmbeddedPostgres.acquire({ dataDir })
      const names = yield* fs.readDirectory(dataDir)
      assert.deepStrictEqual(names.filter((name) => name.startsWith(".partial-")), [".partial-new"])
      assert.isTrue(yield* fs.exists(`${dataDir}/cluster/PG_VERSION`))
    }))

  it.effect("a directory that is open to others and holds other files is refused and left as it is", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* publicDirectory
      yield* fs.writeFileString(`${directory}/letter.txt`, "not ours")
      const error = yield* Effect.flip(EmbeddedPostgres.acquire({ dataDir: directory }))
      assert.strictEqual(error._tag, "EmbeddedPostgresUnavailable")
      assert.include(error.message, directory)
      assert.strictEqual((yield* fs.stat(directory)).mode & 0o777, 0o755)
      assert.deepStrictEqual(yield* fs.readDirectory(directory), ["letter.txt"])
    }))

  it.effect("an empty directory that is open to others is made private", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const dataDir = yield* publicDirectory
      yield* DataDirectory.open(dataDir)
      assert.strictEqual((yield* fs.stat(dataDir)).mode & 0o777, 0o700)
    }))
})
