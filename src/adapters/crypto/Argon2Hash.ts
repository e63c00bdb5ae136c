/**
 * argon2 hashes as PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`, and with a pepper
 * `$argon2id$v=19$m=19456,t=2,p=1,keyid=name$salt$tag`. `keyid` identifies the pepper and reveals nothing of it.
 */
import { Option } from "effect"
import { PasswordHash } from "../../domain/model/Password.ts"
import { remember } from "../../kernel/Memo.ts"
import { inTurn } from "./foreign/HashForm.ts"
import type { Argon2Parameters } from "./PasswordHashEngine.ts"

/** The parameters in a hash. */
export interface Argon2Hash extends Argon2Parameters {
  readonly algorithm: string
  readonly version: number
  readonly saltLength: number
  readonly tagLength: number
  /** The name of the hash's pepper, if it has one. */
  readonly pepperId: string | undefined
}

const pattern = inTurn(
  /^\$(argon2id|argon2i|argon2d)\$v=(16|19)/,
  /\$([mtp]=[1-9]\d{0,9},[mtp]=[1-9]\d{0,9},[mtp]=[1-9]\d{0,9})(?:,keyid=([a-z0-9][a-z0-9-]{0,31}))?/,
  /\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{6,171})$/
)

/** Most hashes have the same parameters. */
const readParameters = remember(
  64,
  (text: string): Readonly<Record<string, number | undefined>> =>
    Object.fromEntries(text.split(",").map((entry) => [entry.slice(0, 1), Number(entry.slice(2))]))
)

/** `None` for a hash that no engine can verify. Accepts the parameters in any order, because libraries differ. */
export const parseArgon2Hash = (hash: PasswordHash): Option.Option<Argon2Hash> => {
  // A text that doesn't match has no parameters.
  const [, algorithm = "", version, parameters = "", pepperId, salt = "", tag = ""] = pattern.exec(hash) ?? []
  const { m: memoryKib, p: parallelism, t: timeCost } = readParameters(parameters)
  if (memoryKib === undefined || timeCost === undefined || parallelism === undefined) return Option.none()
  return Option.some({
    algorithm,
    version: Number(version),
    memoryKib,
    timeCost,
    parallelism,
    saltLength: decodedLength(salt),
    tagLength: decodedLength(tag),
    pepperId
  })
}

/** Twelve times as much as with the least parameters. */
const MEMORY_KIB_MAX = 262_144

/** About two seconds. */
const MEMORY_PASSES_MAX = 4_194_304

const PARALLELISM_MAX = 16

/**
 * Why a hash of another system isn't accepted, worded to follow its name. `undefined` if it is: it can be verified and
 * doesn't cost too much.
 */
export const argon2Problem = (hash: Argon2Hash): string | undefined => {
  const { memoryKib, parallelism, saltLength, tagLength, timeCost } = hash
  if (memoryKib > MEMORY_KIB_MAX) return "costs too much: argon2 with more than 256 MiB of memory"
  if (memoryKib * timeCost > MEMORY_PASSES_MAX) {
    return `costs too much: argon2 with ${timeCost} passes over ${memoryKib} KiB`
  }
  if (parallelism > PARALLELISM_MAX) return `costs too much: argon2 with a parallelism above ${PARALLELISM_MAX}`
  if (memoryKib < 8 * parallelism) return "must be argon2 with at least 8 KiB of memory for each lane"
  if (saltLength < 8) return "must be argon2 with a salt of at least 8 bytes"
  return tagLength < 16 ? "must be argon2 with a tag of at least 16 bytes" : undefined
}

export const formatArgon2Hash = (parameters: Argon2Parameters, salt: Uint8Array, tag: Uint8Array): PasswordHash => {
  const { memoryKib, timeCost, parallelism } = parameters
  return PasswordHash.make(
    `$argon2id$v=19$m=${memoryKib},t=${timeCost},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`
  )
}

/** Adds the name of the pepper, which engines don't write and ignore. */
export const withPepperId = (hash: PasswordHash, pepperId: string): PasswordHash => {
  const [, algorithm, version, parameters, ...rest] = hash.split("$")
  return PasswordHash.make(["", algorithm, version, `${parameters},keyid=${pepperId}`, ...rest].join("$"))
}

const decodedLength = (base64: string): number => Math.floor(base64.length * 3 / 4)

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "")
