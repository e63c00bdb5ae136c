import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { formatArgon2Hash, parseArgon2Hash, withPepperId } from "../../../src/adapters/crypto/Argon2Hash.ts"
import { PasswordHash } from "../../../src/domain/model/Password.ts"
import { bytes, nearly } from "../../support/texts.ts"

const parse = (text: string) => parseArgon2Hash(PasswordHash.make(text))

const SALT = "c29tZXNhbHQxMjM0NTY3OA"
const TAG = "a7lCwSwy4aumqknuDttvZzfCqMdA1xcwrYHZf6U5RMQ"

const ENTRY = {
  algorithm: "argon2id",
  version: 19,
  memoryKib: 19_456,
  timeCost: 2,
  parallelism: 1,
  saltLength: 16,
  tagLength: 32,
  pepperId: undefined
}

const parameter = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 9_999_999_999 })))

describe("an argon2 hash", () => {
  it.prop("is read as it was written, with and without a pepper", {
    parameters: Schema.Struct({ memoryKib: parameter, timeCost: parameter, parallelism: parameter }),
    salt: bytes(9, 64),
    tag: bytes(5, 128),
    pepper: Schema.String.pipe(Schema.check(Schema.isPattern(/^[a-z0-9][a-z0-9-]{0,31}$/)))
  }, ({ parameters, pepper, salt, tag }) => {
    const hash = formatArgon2Hash(parameters, salt, tag)
    const peppered = withPepperId(hash, pepper)
    const entry = { ...ENTRY, ...parameters, saltLength: salt.length, tagLength: tag.length }
    assert.deepStrictEqual(parseArgon2Hash(hash), Option.some(entry))
    assert.deepStrictEqual(parseArgon2Hash(peppered), Option.some({ ...entry, pepperId: pepper }))
  })

  it.prop("is read as whole as it is or not at all", {
    text: nearly("$argon2id", "$v=19", "$m=8,t=1,p=1", ",keyid=a", `$${SALT}`, `$${TAG}`, "m=8", ",t=1", ",p=1", "$")
  }, ({ text }) => {
    const parsed = parse(text)
    if (Option.isSome(parsed)) assert.match(text, /^\$argon2(?:id|i|d)\$v=(?:16|19)\$[^$]+\$[^$]+\$[^$]+$/)
  })

  it("tells how it was made", () => {
    assert.deepStrictEqual(parse(`$argon2id$v=19$m=19456,t=2,p=1$${SALT}$${TAG}`), Option.some(ENTRY))
  })

  it.each([
    ["argon2i", { ...ENTRY, algorithm: "argon2i" }],
    ["argon2d", { ...ENTRY, algorithm: "argon2d" }]
  ])("may be of %s", (algorithm, entry) => {
    assert.deepStrictEqual(parse(`$${algorithm}$v=19$m=19456,t=2,p=1$${SALT}$${TAG}`), Option.some(entry))
  })

  it("may be of the version before", () => {
    const older = parse(`$argon2id$v=16$m=19456,t=2,p=1$${SALT}$${TAG}`)
    assert.deepStrictEqual(older, Option.some({ ...ENTRY, version: 16 }))
  })

  it.each(["t=2,m=19456,p=1", "p=1,t=2,m=19456", "m=19456,p=1,t=2"])("may order its parameters as %s", (parameters) => {
    assert.deepStrictEqual(parse(`$argon2id$v=19$${parameters}$${SALT}$${TAG}`), Option.some(ENTRY))
  })

  it.each([
    ["text before it", `x$argon2id$v=19$m=8,t=1,p=1$${SALT}$${TAG}`],
    ["text behind it", `$argon2id$v=19$m=8,t=1,p=1$${SALT}$${TAG}=`],
    ["another algorithm", `$argon2x$v=19$m=8,t=1,p=1$${SALT}$${TAG}`],
    ["another version", `$argon2id$v=20$m=8,t=1,p=1$${SALT}$${TAG}`],
    ["a parameter of no memory", `$argon2id$v=19$m=0,t=1,p=1$${SALT}$${TAG}`],
    ["a parameter of eleven digits", `$argon2id$v=19$m=12345678901,t=1,p=1$${SALT}$${TAG}`],
    ["a parameter nobody knows", `$argon2id$v=19$m=8,t=1,q=1$${SALT}$${TAG}`],
    ["the memory twice", `$argon2id$v=19$m=8,m=8,p=1$${SALT}$${TAG}`],
    ["the passes twice", `$argon2id$v=19$t=1,t=1,p=1$${SALT}$${TAG}`],
    ["no lanes", `$argon2id$v=19$m=8,t=1,t=1$${SALT}$${TAG}`],
    ["the lanes twice", `$argon2id$v=19$m=8,p=1,p=1$${SALT}$${TAG}`],
    ["two parameters", `$argon2id$v=19$m=8,t=1$${SALT}$${TAG}`],
    ["a salt below eight bytes", `$argon2id$v=19$m=8,t=1,p=1$${SALT.slice(0, 10)}$${TAG}`],
    ["a salt above 64 bytes", `$argon2id$v=19$m=8,t=1,p=1$${"A".repeat(87)}$${TAG}`],
    ["a tag below four bytes", `$argon2id$v=19$m=8,t=1,p=1$${SALT}$${TAG.slice(0, 5)}`],
    ["a tag above 128 bytes", `$argon2id$v=19$m=8,t=1,p=1$${SALT}$${"A".repeat(172)}`],
    ["the alphabet of base64url", `$argon2id$v=19$m=8,t=1,p=1$${SALT.slice(1)}-$${TAG}`]
  ])("with %s is none", (_, text) => {
    assert.deepStrictEqual(parse(text), Option.none())
  })

  it.each([[8, 4], [64, 128]])("may have a salt of %i and a tag of %i bytes", (saltLength, tagLength) => {
    const hash = formatArgon2Hash(
      { memoryKib: 4_294_967_295, timeCost: 30, parallelism: 9 },
      new Uint8Array(saltLength).fill(1),
      new Uint8Array(tagLength).fill(2)
    )
    assert.deepStrictEqual(
      parseArgon2Hash(hash),
      Option.some({ ...ENTRY, memoryKib: 4_294_967_295, timeCost: 30, parallelism: 9, saltLength, tagLength })
    )
  })

  it("is written in one way, without padding", () => {
    const parameters = { memoryKib: 8, timeCost: 1, parallelism: 2 }
    const hash = formatArgon2Hash(parameters, new Uint8Array(8), Uint8Array.of(0xfb, 0xff, 0xbf, 1))
    assert.strictEqual(hash, "$argon2id$v=19$m=8,t=1,p=2$AAAAAAAAAAA$+/+/AQ")
  })
})
