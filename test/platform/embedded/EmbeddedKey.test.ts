import { assert, it } from "@effect/vitest"
import { DateTime, Effect, FileSystem, Option, Redacted } from "effect"
import { randomUUID } from "node:crypto"
import * as DataDirectory from "../../../src/platform/embedded/DataDirectory.ts"
import * as EmbeddedKey from "../../../src/platform/embedded/EmbeddedKey.ts"
import { emptyDirectory, Platform } from "./Owners.ts"

const generate = Effect.sync(() => Redacted.make(`k1:${randomUUID()}`))

it.layer(Platform)("EmbeddedKey", (it) => {
  it.effect("is generated once, and only the owner can read it", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const dataDir = yield* emptyDirectory
      const key = Redacted.value(yield* EmbeddedKey.loadOrCreate(dataDir, "signing-key", generate))
      assert.match(key, /^k1:[0-9a-f-]{36}$/)
      assert.strictEqual((yield* fs.stat(`${dataDir}/signing-key`)).mode & 0o777, 0o600)
      assert.deepStrictEqual(yield* fs.readDirectory(dataDir), ["signing-key"])
    }))

  it.effect("stays the same in one data directory and differs in another", () =>
    Effect.gen(function*() {
      const dataDir = yield* emptyDirectory
      const key = Redacted.value(yield* EmbeddedKey.loadOrCreate(dataDir, "signing-key", generate))
      assert.strictEqual(Redacted.value(yield* EmbeddedKey.loadOrCreate(dataDir, "signing-key", generate)), key)
      const other = yield* EmbeddedKey.loadOrCreate(yield* emptyDirectory, "signing-key", generate)
      assert.notStrictEqual(Redacted.value(other), key)
    }))

  it.effect("is found where it is, with the instant at which it was written, and never made by that", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const dataDir = yield* emptyDirectory
      const find = Effect.flatMap(
        DataDirectory.open(dataDir),
        (directory) => EmbeddedKey.find(directory, "signing-key")
      )
      assert.isTrue(Option.isNone(yield* find))
      assert.deepStrictEqual(yield* fs.readDirectory(dataDir), [])
      const key = yield* EmbeddedKey.loadOrCreate(dataDir, "signing-key", generate)
      yield* fs.utimes(`${dataDir}/signing-key`, new Date(), new Date("2025-03-01T12:00:00Z"))
      const found = Option.getOrThrow(yield* find)
      assert.strictEqual(Redacted.value(found.key), Redacted.value(key))
      assert.deepStrictEqual(found.writtenAt, Option.some(DateTime.makeUnsafe("2025-03-01T12:00:00Z")))
    }))

  it.effect("is one for all who start at once", () =>
    Effect.gen(function*() {
      const dataDir = `${yield* emptyDirectory}/data`
      const keys = yield* Effect.all(
        Array.from({ length: 32 }, () => EmbeddedKey.loadOrCreate(dataDir, "signing-key", generate)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(keys.map(Redacted.value)).size, 1)
    }))
})
