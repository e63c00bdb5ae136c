import { assert, describe, it } from "@effect/vitest"
import { Array, Effect, Layer, Option, Result, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { pbkdf2Sync } from "node:crypto"
import * as Argon2PasswordHasher from "../../../src/adapters/crypto/Argon2PasswordHasher.ts"
import { foreignVerification } from "../../../src/adapters/crypto/ForeignHashes.ts"
import * as NodeRsArgon2Engine from "../../../src/adapters/crypto/NodeRsArgon2Engine.ts"
import { PasswordHashEngine } from "../../../src/adapters/crypto/PasswordHashEngine.ts"
import { Password, PasswordHash } from "../../../src/domain/model/Password.ts"
import { PasswordHasher } from "../../../src/ports/PasswordHasher.ts"
import { bytes, nearly } from "../../support/texts.ts"
import vectors from "../../vectors/foreign-password-hashes.json" with { type: "json" }

const aPassword = Schema.decodeSync(Password)

const verification = (hash: string) => foreignVerification(hash)

const verifies = (text: string, hash: string) => Result.getOrThrow(verification(hash))(aPassword(text))

/** Version 2 of ASP.NET Identity: a zero, salt, tag. */
const aspNet2 = (password: string, salt: Uint8Array) =>
  Buffer.from([0, ...salt, ...pbkdf2Sync(password, salt, 1000, 32, "sha1")]).toString("base64")

const NO_ARGON2 = vectors.filter(({ hash }) => !hash.startsWith("$argon2"))

describe("hashes of other systems", () => {
  it.effect("a bcrypt hash is that of the first 72 bytes, as everywhere, not of fewer", () =>
    Effect.gen(function*() {
      // By libxcrypt, of 72 times x.
      const hash = "$2b$04$HHHHHHHHHHHHHHHHHHHHHOP9lV8fb.d35zxaxhoasNrzyG0wUoJKK"
      assert.isTrue(yield* verifies("x".repeat(72), hash))
      assert.isTrue(yield* verifies(`${"x".repeat(72)} and more`, hash))
      assert.isFalse(yield* verifies("x".repeat(71), hash))
      assert.isFalse(yield* verifies(`${"x".repeat(71)}y`, hash))
    }))

  it.effect("[ASVS 6.2.8] no password with a NUL verifies against bcrypt, which can't tell it from others", () =>
    Effect.gen(function*() {
      // By libxcrypt, of a.
      const hash = "$2b$04$HHHHHHHHHHHHHHHHHHHHHOhFK.88dQ6j4k8gkdgRJEVmGpOqMK5ce"
      assert.isTrue(yield* verifies("a", hash))
      for (const text of ["a\0", "a\0a", "a\0b", "\0a"]) {
        assert.isFalse(yield* verifies(text, hash), JSON.stringify(text))
      }
    }))

  it.effect.prop("a PBKDF2 hash verifies whatever its salt, as each system writes it", {
    salt: bytes(3, 24),
    digest: Schema.Literals(["sha256", "sha512"])
  }, ({ digest, salt }) =>
    Effect.gen(function*() {
      const tagOf = (it: Uint8Array | string) => pbkdf2Sync("password", it, 1, 32, digest)
      const plain = (it: Uint8Array) => Buffer.from(it).toString("base64").replace(/=+$/, "")
      const dotted = (it: Uint8Array) => plain(it).replaceAll("+", ".")
      const hex = Buffer.from(salt).toString("hex")
      const hashes = [
        `$pbkdf2-${digest}$1$${dotted(salt)}$${dotted(tagOf(salt))}`,
        `$pbkdf2-${digest}$i=1$${plain(salt)}$${plain(tagOf(salt))}`,
        `pbkdf2:${digest}:1$${hex}$${tagOf(hex).toString("hex")}`,
        ...(digest === "sha256" ? [`pbkdf2_sha256$1$${hex}$${tagOf(hex).toString("base64")}`] : []),
        aspNet2("password", Buffer.alloc(16, salt)),
        Buffer.from([
          1,
          0,
          0,
          0,
          digest === "sha256" ? 1 : 2,
          0,
          0,
          0,
          1,
          0,
          0,
          0,
          salt.length,
          ...salt,
          ...tagOf(salt)
        ])
          .toString("base64")
      ]
      for (const hash of hashes) {
        assert.isTrue(yield* verifies("password", hash), hash)
        assert.isFalse(yield* verifies("Password", hash), hash)
      }
    }))

  it.prop("whatever is stored is a hash of a known form or none", {
    text: nearly("$2b$", "04$", "$scrypt$ln=1,r=1,p=1$", "scrypt:2:1:1$", "$pbkdf2-sha256$1$", "pbkdf2:sha256:1$", "$")
  }, ({ text }) => {
    const known = verification(text)
    if (Result.isSuccess(known)) assert.match(text, /^(?:\$2[aby]\$|\$?scrypt[$:]|\$?pbkdf2[-:_]sha)/)
  })

  it.effect.each(NO_ARGON2)(
    "one changed character of the tag is another hash: $hash",
    ({ password, hash }) =>
      Effect.gen(function*() {
        // Not the last character, whose loose bits mean nothing.
        const at = hash.length - 6
        const other = hash.slice(0, at) + (hash[at] === "1" ? "2" : "1") + hash.slice(at + 1)
        assert.isFalse(yield* verifies(password, other))
      })
  )

  it.each([
    ["a cost of seconds or more", "$2b$17$abcdefghijklmnopqrstuuCi15uRb1eH7NAlJ/TgeJertyknQpYn2"],
    ["less than bcrypt allows", "$2b$03$abcdefghijklmnopqrstuuCi15uRb1eH7NAlJ/TgeJertyknQpYn2"],
    ["the broken bcrypt", "$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"],
    ["a bcrypt hash cut short", "$2b$04$abcdefghijklmnopqrstuuCi15uRb1eH7NAlJ/TgeJertyknQpYn"],
    ["something behind it", "$2b$04$abcdefghijklmnopqrstuuCi15uRb1eH7NAlJ/TgeJertyknQpYn2\n"],
    ["more than 256 MiB", "$scrypt$ln=19,r=8,p=1$sxbivPfee09p7T2HkBJijA$1FCs3UI3HcHMowRB6fEPKGu0M1mrAezxeXSz0DBpm0E"],
    ["256 MiB and a block", "scrypt:4:262145:2$salt$70a1c2d3e4f5061728394a5b6c7d8e9f"],
    ["blocks of 8 GiB", "scrypt:2:33554432:1$salt$70a1c2d3e4f5061728394a5b6c7d8e9f"],
    ["too many lanes", "$scrypt$ln=4,r=8,p=17$sxbivPfee09p7T2HkBJijA$1FCs3UI3HcHMowRB6fEPKGu0M1mrAezxeXSz0DBpm0E"],
    ["no lane", "$scrypt$ln=4,r=8,p=0$sxbivPfee09p7T2HkBJijA$1FCs3UI3HcHMowRB6fEPKGu0M1mrAezxeXSz0DBpm0E"],
    ["no block", "scrypt:1024:0:1$salt$70a1c2d3e4f5061728394a5b6c7d8e9f"],
    ["a cost of 1", "$scrypt$ln=0,r=8,p=1$sxbivPfee09p7T2HkBJijA$1FCs3UI3HcHMowRB6fEPKGu0M1mrAezxeXSz0DBpm0E"],
    ["a cost that is no power of two", "scrypt:1000:8:1$salt$70a1c2d3e4f5061728394a5b6c7d8e9f"],
    ["iterations of seconds or more", "pbkdf2:sha256:5000001$salt$70a1c2d3e4f5061728394a5b6c7d8e9f"],
    ["no iteration", "pbkdf2:sha256:0$salt$70a1c2d3e4f5061728394a5b6c7d8e9f"],
    ["a digest for other uses", "pbkdf2:md5:1000$salt$70a1c2d3e4f5061728394a5b6c7d8e9f"],
    ["a tag that proves little", "pbkdf2:sha256:1000$salt$70a1c2d3e4f5061728394a5b6c7d8e"],
    ["a tag beyond all use", `pbkdf2:sha256:1000$salt$${"70".repeat(129)}`],
    ["no tag", "pbkdf2_sha256$1000$salt$="],
    ["no salt", "pbkdf2_sha256$1000$$LVhfsJqpxPnoWMrOCqAvvVn30jkn39AEgh1q85fmMbU="],
    ["a pass more than bcrypt may have in WordPress", `$wp$2y$17$${"a".repeat(53)}`],
    ["rounds of seconds or more", `$6$rounds=1000001$salt$${"a".repeat(86)}`],
    ["fewer rounds than crypt(3) computes", `$5$rounds=999$salt$${"a".repeat(43)}`],
    ["2^21 rounds of MD5", `$P$J${"a".repeat(30)}`],
    ["a salt that isn't one", `{SHA}${Buffer.alloc(24).toString("base64")}`],
    ["no salt where one belongs", `{SSHA}${Buffer.alloc(20).toString("base64")}`],
    ["an old digest without a salt", "{MD5}X03MO1qnZdYdgyfeuILPmQ=="],
    ["DES, of which eight characters count", "6unKLQ8sdOm3o"],
    ["a signer key of another length", "$firescrypt$ln=14,r=8,p=1$c2FsdA==$bXVjaCB0b28gc2hvcnQgYSB0YWc=$Bw==$c2hvcnQ="],
    ["an unknown digest of ASP.NET", "AQAAAAMAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw"],
    ["a salt beyond the end of ASP.NET's", "AQAAAAIAAAAyAAAA4OMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw"],
    ["ASP.NET's iterations of seconds or more", "AQAAAAIA////AAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw"]
  ])("what has %s is no hash here", (_, hash) => {
    assert.isTrue(Result.isFailure(verification(hash)))
  })

  it.each(NO_ARGON2)("anything before it or behind it makes it none: $hash", ({ hash }) => {
    for (const text of [`x${hash}`, `\n${hash}`, `${hash}\n`, `${hash} `]) {
      assert.isTrue(Result.isFailure(verification(text)), JSON.stringify(text))
    }
  })

  it.each([
    ["the least cost of bcrypt", "$2b$04$abcdefghijklmnopqrstuuCi15uRb1eH7NAlJ/TgeJertyknQpYn2"],
    ["the most", "$2b$16$abcdefghijklmnopqrstuuCi15uRb1eH7NAlJ/TgeJertyknQpYn2"],
    ["256 MiB to the byte", "scrypt:4:262144:2$salt$70a1c2d3e4f5061728394a5b6c7d8e9f"],
    [
      "blocks of two digits",
      "$scrypt$ln=14,r=16,p=1$sxbivPfee09p7T2HkBJijA$1FCs3UI3HcHMowRB6fEPKGu0M1mrAezxeXSz0DBpm0E"
    ],
    ["Django's, too, and its lanes", "scrypt$16384$salt$10$12$LVhfsJqpxPnoWMrOCqAvvVn30jkn39AEgh1q85fmMbU="],
    ["Werkzeug's, too, and its lanes", "scrypt:16384:10:12$salt$70a1c2d3e4f5061728394a5b6c7d8e9f"],
    ["16 lanes", "$scrypt$ln=4,r=8,p=16$sxbivPfee09p7T2HkBJijA$1FCs3UI3HcHMowRB6fEPKGu0M1mrAezxeXSz0DBpm0E"],
    ["the least cost of scrypt", "scrypt:2:1:1$s$70a1c2d3e4f5061728394a5b6c7d8e9f"],
    ["5,000,000 iterations", "pbkdf2:sha256:5000000$salt$70a1c2d3e4f5061728394a5b6c7d8e9f"],
    ["one iteration", "pbkdf2:sha256:1$salt$70a1c2d3e4f5061728394a5b6c7d8e9f"],
    ["a tag of 128 bytes", `pbkdf2:sha256:1000$salt$${"70".repeat(128)}`]
  ])("%s is within the bounds", (_, hash) => {
    assert.isTrue(Result.isSuccess(verification(hash)))
  })

  // Not within five seconds on a busy machine.
  it.effect("the costliest scrypt that is accepted is computed", () =>
    Effect.gen(function*() {
      const tag = "70a1c2d3e4f5061728394a5b6c7d8e9f"
      assert.isFalse(yield* verifies("correct horse", `scrypt:131072:8:2$salt$${tag}`))
      assert.isFalse(yield* verifies("correct horse", `scrypt:4:262144:2$salt$${tag}`))
    }), 20_000)

  it.live.each([
    "$2b$10$abcdefghijklmnopqrstuuCi15uRb1eH7NAlJ/TgeJertyknQpYn2",
    `$P$C${"a".repeat(30)}`,
    `$6$rounds=20000$salt$${"a".repeat(86)}`
  ])("%s leaves the event loop free while it is verified", (hash) =>
    Effect.gen(function*() {
      let turns = 0
      const turn = Effect.sync(() => turns += 1).pipe(Effect.andThen(Effect.sleep("1 millis")), Effect.forever)
      yield* Effect.forkScoped(turn)
      yield* verifies("correct horse", hash)
      assert.isAbove(turns, 3)
    }))
})

const hasherOf = <E>(engine: Layer.Layer<PasswordHashEngine, E>) =>
  Argon2PasswordHasher.layer({
    memoryKib: 32,
    timeCost: 1,
    parallelism: 1,
    concurrency: 1,
    queueMax: 2
  }).pipe(Layer.provide([engine, SecureRandom.layerWebCrypto]))

const hasher = hasherOf(NodeRsArgon2Engine.layer)

describe("password hasher, of other systems' hashes", () => {
  it.effect.each(vectors)("[ASVS 11.4.2] $hash needs a new hash", ({ hash }) =>
    Effect.gen(function*() {
      const { needsRehash } = yield* PasswordHasher
      assert.isTrue(needsRehash(PasswordHash.make(hash)))
    }).pipe(Effect.provide(hasher)))

  it.effect.each(["$2b$04", "$scrypt$", "pbkdf2:sha256"])(
    "[ASVS 15.2.2] of too many verifications of %s at once some are refused",
    (beginning) =>
      Effect.gen(function*() {
        const { verify } = yield* PasswordHasher
        const hash = PasswordHash.make(vectors.find((vector) => vector.hash.startsWith(beginning))?.hash ?? "")
        const attempts = yield* Effect.all(Array.replicate(Effect.result(verify(aPassword("correct"), hash)), 20), {
          concurrency: "unbounded"
        })
        assert.strictEqual(attempts.filter(Result.isSuccess).length, 3)
      }).pipe(Effect.provide(hasher))
  )

  it.effect("[ASVS 6.3.8] a digest takes as much work as a hash of ours", () =>
    Effect.gen(function*() {
      let computed = 0
      const engine = Layer.effect(
        PasswordHashEngine,
        Effect.map(PasswordHashEngine, (real) => ({
          ...real,
          verify: (...input: Parameters<typeof real.verify>) => {
            computed += 1
            return real.verify(...input)
          }
        }))
      ).pipe(Layer.provide(NodeRsArgon2Engine.layer))
      const { verify } = yield* Effect.provide(PasswordHasher, hasherOf(engine))
      const hash = PasswordHash.make("{SSHA}r1sLRCWU7T++u7FLJLn3u8n058nyMNue")
      assert.isTrue(yield* verify(aPassword("correct horse battery staple"), hash))
      assert.strictEqual(computed, 1)
    }))

  it.effect("hashes are examined before they are stored: for form, cost and pepper", () =>
    Effect.gen(function*() {
      const { examine } = yield* PasswordHasher
      const salted = "$c2FsdHNhbHQ$Y2FuJ3QgYmUgYnkgYW55IHBhc3N3b3JkIGhlcmU"
      const problems = [
        `$argon2id$v=19$m=19456,t=2,p=1${salted}`,
        vectors[0]?.hash ?? "",
        `$argon2id$v=19$m=262145,t=1,p=1${salted}`,
        `$argon2id$v=19$m=65536,t=65,p=1${salted}`,
        `$argon2id$v=19$m=65536,t=1,p=17${salted}`,
        `$argon2id$v=19$m=8,t=1,p=2${salted}`,
        `$argon2id$v=19$m=64,t=1,p=1,keyid=summer${salted}`,
        `$argon2id$v=19$m=64,t=1,p=1$c2FsdA${salted.slice(12)}`,
        `$2b$17$${"a".repeat(53)}`,
        "secret"
      ].map((text) => Option.getOrUndefined(Result.getFailure(examine(text))))
      assert.deepStrictEqual(problems, [
        undefined,
        undefined,
        "costs too much: argon2 with more than 256 MiB of memory",
        "costs too much: argon2 with 65 passes over 65536 KiB",
        "costs too much: argon2 with a parallelism above 16",
        "must be argon2 with at least 8 KiB of memory for each lane",
        "needs the pepper summer, which is not configured",
        "must be a password hash of a known format",
        "costs too much: bcrypt with a cost of 17, and at most 16 is accepted",
        "must be a password hash of a known format"
      ])
    }).pipe(Effect.provide(hasher)))
})
