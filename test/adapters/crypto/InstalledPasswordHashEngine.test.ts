import { assert, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { vi } from "vitest"
import * as Argon2PasswordHasher from "../../../src/adapters/crypto/Argon2PasswordHasher.ts"
import * as InstalledPasswordHashEngine from "../../../src/adapters/crypto/InstalledPasswordHashEngine.ts"
import { Password, PasswordHash } from "../../../src/domain/model/Password.ts"
import { PasswordHasher } from "../../../src/ports/PasswordHasher.ts"

vi.mock("@node-rs/argon2", () => {
  throw new Error("Cannot find native binding")
})

const PASSWORD = Schema.decodeSync(Password)("correct horse battery staple")

/** As `@node-rs/argon2` writes it; the other package has the parameters in another order. */
const EARLIER = PasswordHash.make(
  "$argon2id$v=19$m=32,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$a7lCwSwy4aumqknuDttvZzfCqMdA1xcwrYHZf6U5RMQ"
)

const hasher = Argon2PasswordHasher.layer({ memoryKib: 32, timeCost: 1, parallelism: 1, concurrency: 1 }).pipe(
  Layer.provide([InstalledPasswordHashEngine.layer, SecureRandom.layerWebCrypto])
)

it.effect("where the faster engine has no binary the other one hashes, and verifies what the faster one wrote", () =>
  Effect.gen(function*() {
    const hasher = yield* PasswordHasher
    assert.include(yield* hasher.hash(PASSWORD), "$m=32,p=1,t=1$")
    assert.isTrue(yield* hasher.verify(PASSWORD, EARLIER))
    assert.isFalse(hasher.needsRehash(EARLIER))
  }).pipe(Effect.provide(hasher)))
