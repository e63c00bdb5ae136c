/**
 * argon2 hashes as PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`, and with a pepper
 * `$argon2id$v=19$m=19456,t=2,p=1,keyid=name$salt$tag`. The name tells which pepper; of the pepper nothing is in it.
 */
import { Option } from "effect"
import { PasswordHash } from "../../domain/model/Password.ts"
import type { Argon2Parameters } from "./PasswordHashEngine.ts"

/** What a hash says about how it was made. */
export interface Argon2Hash extends Argon2Parameters {
  readonly algorithm: string
  readonly version: number
  readonly saltLength: number
  readonly tagLength: number
  /** The name of the pepper the hash was made with, if it was. */
  readonly pepperId: string | undefined
}

const pattern =
  /^\$(argon2id|argon2i|argon2d)\$v=(16|19)\$([mtp]=[1-9]\d{0,9},[mtp]=[1-9]\d{0,9},[mtp]=[1-9]\d{0,9})(?:,keyid=([a-z0-9][a-z0-9-]{0,31}))?\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{6,171})$/

/** `None` for what no engine can verify. The order of the parameters differs from one library to the next. */
export const parseArgon2Hash = (hash: PasswordHash): Option.Option<Argon2Hash> => {
  // What is no such hash has none of the parameters either.
  const [, algorithm = "", version, parameters = "", pepperId, salt = "", tag = ""] = pattern.exec(hash) ?? []
  const named = new Map(parameters.split(",").map((entry) => [entry.slice(0, 1), Number(entry.slice(2))]))
  const [memoryKib, timeCost, parallelism] = [named.get("m"), named.get("t"), named.get("p")]
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

export const formatArgon2Hash = (parameters: Argon2Parameters, salt: Uint8Array, tag: Uint8Array): PasswordHash => {
  const { memoryKib, timeCost, parallelism } = parameters
  return PasswordHash.make(
    `$argon2id$v=19$m=${memoryKib},t=${timeCost},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`
  )
}

/** The hash with the name of its pepper, which no engine writes and every engine passes over. */
export const withPepperId = (hash: PasswordHash, pepperId: string): PasswordHash => {
  const [, algorithm, version, parameters, ...rest] = hash.split("$")
  return PasswordHash.make(["", algorithm, version, `${parameters},keyid=${pepperId}`, ...rest].join("$"))
}

const decodedLength = (base64: string): number => Math.floor(base64.length * 3 / 4)

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "")
