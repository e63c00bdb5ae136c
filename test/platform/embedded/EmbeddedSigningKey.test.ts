import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Redacted } from "effect"
import * as EmbeddedSigningKey from "../../../src/platform/embedded/EmbeddedSigningKey.ts"
import { emptyDirectory, Platform } from "./Owners.ts"

it.layer(Layer.merge(Platform, NodeCrypto.layerSecureRandom))("EmbeddedSigningKey", (it) => {
  it.effect("is a key id and 32 random bytes that only the owner can read", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const dataDir = yield* emptyDirectory
      const key = Redacted.value(yield* EmbeddedSigningKey.loadOrCreate(dataDir))
      assert.match(key, /^[0-9a-f]{8}:[A-Za-z0-9_-]{43}$/)
      assert.strictEqual((yield* fs.stat(`${dataDir}/signing-key`)).mode & 0o777, 0o600)
      assert.deepStrictEqual(yield* fs.readDirectory(dataDir), ["signing-key"])
    }))

  it.effect("stays the same in one data directory and differs in another", () =>
    Effect.gen(function*() {
      const dataDir = yield* emptyDirectory
      const key = Redacted.value(yield* EmbeddedSigningKey.loadOrCreate(dataDir))
      assert.strictEqual(Redacted.value(yield* EmbeddedSigningKey.loadOrCreate(dataDir)), key)
      const other = yield* EmbeddedSigningKey.loadOrCreate(yield* emptyDirectory)
      assert.notStrictEqual(Redacted.value(other), key)
    }))

  it.effect("is one for all who start at once", () =>
    Effect.gen(function*() {
      const dataDir = `${yield* emptyDirectory}/data`
      const keys = yield* Effect.all(
        Array.from({ length: 32 }, () => EmbeddedSigningKey.loadOrCreate(dataDir)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(keys.map(Redacted.value)).size, 1)
    }))
})
