import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, FileSystem, Option, PlatformError } from "effect"
import { symlinkSync, writeFileSync } from "node:fs"
import { defaultPath, open } from "../../../src/platform/embedded/DataDirectory.ts"
import { temporaryDirectory } from "../../support/temporary-directory.ts"

const defaultPathIn = (environment: Readonly<Record<string, string>>, uid: number) =>
  Effect.provide(defaultPath(uid), ConfigProvider.layer(ConfigProvider.fromEnvRecord(environment)))

describe("DataDirectory.defaultPath", () => {
  it.effect.each([
    { environment: { XDG_DATA_HOME: "/data", HOME: "/home/a" }, uid: 1000, path: "/data/identity" },
    { environment: { XDG_DATA_HOME: "/data/", HOME: "/home/a" }, uid: 1000, path: "/data/identity" },
    { environment: { HOME: "/home/a" }, uid: 1000, path: "/home/a/.local/share/identity" },
    { environment: { XDG_DATA_HOME: "", HOME: "/home/a" }, uid: 1000, path: "/home/a/.local/share/identity" },
    { environment: { XDG_DATA_HOME: "data", HOME: "/home/a" }, uid: 1000, path: "/home/a/.local/share/identity" },
    { environment: { XDG_DATA_HOME: "/data", HOME: "/root" }, uid: 0, path: "/var/lib/identity" }
  ])("is $path for user $uid with $environment", ({ environment, path, uid }) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* defaultPathIn(environment, uid), Option.some(path))
    }))

  it.effect("is unknown to a user without a home", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* defaultPathIn({}, 1000), Option.none())
    }))
})

const aDirectory = temporaryDirectory("identity-data-")

/** What answers a data directory that can't be used, with or without root. */
const refusal = (dataDir: string) =>
  open(dataDir).pipe(Effect.flip, Effect.timeout("5 seconds"), Effect.map(({ message }) => message))

const sentence = (directory: string, reason: string) =>
  `IDENTITY_DATA_DIR names ${directory}, ${reason}: name a directory that this user can write.`

describe("DataDirectory.open", () => {
  it.live("makes what is missing of a path, for its owner only", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const parent = yield* aDirectory
      const { path } = yield* open(`${parent}/a/b/c`)
      assert.strictEqual(path, `${parent}/a/b/c`)
      assert.strictEqual((yield* fs.stat(`${parent}/a/b`)).mode & 0o777, 0o700)
      assert.strictEqual((yield* open(path)).path, path)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live.skipIf(process.platform !== "linux")(
    "says at once that nothing can be made below /proc",
    () =>
      Effect.gen(function*() {
        assert.strictEqual(
          yield* refusal("/proc/identity/data"),
          sentence("/proc/identity/data", "which can't be used (ENOENT)")
        )
      }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("names the setting where there is a file, or a link that leads nowhere", () =>
    Effect.gen(function*() {
      const parent = yield* aDirectory
      writeFileSync(`${parent}/file`, "", { mode: 0o600 })
      symlinkSync(`${parent}/nowhere`, `${parent}/link`)
      for (
        const [name, reason] of [
          ["file", "which is no directory"],
          ["file/data", "which can't be used (ENOTDIR)"],
          ["link", "which can't be used (ENOENT)"],
          ["x".repeat(300), "which can't be used (ENAMETOOLONG)"]
        ] as const
      ) assert.strictEqual(yield* refusal(`${parent}/${name}`), sentence(`${parent}/${name}`, reason))
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live("names the setting where this user may not write", () =>
    Effect.gen(function*() {
      const parent = yield* aDirectory
      const fs = yield* FileSystem.FileSystem
      // Root may write everywhere.
      const mayNot = (method: string) =>
        PlatformError.systemError({
          _tag: "PermissionDenied",
          module: "FileSystem",
          method,
          cause: { code: "EACCES" }
        })
      const guarded = FileSystem.FileSystem.of({
        ...fs,
        access: (path, options) =>
          options?.writable === true ? Effect.fail(mayNot("access")) : fs.access(path, options),
        makeDirectory: () => Effect.fail(mayNot("makeDirectory"))
      })
      for (const directory of [parent, `${parent}/data`]) {
        const message = yield* Effect.provideService(refusal(directory), FileSystem.FileSystem, guarded)
        assert.strictEqual(message, sentence(directory, "where this user may not write (EACCES)"))
      }
    }).pipe(Effect.provide(NodeServices.layer)))
})
