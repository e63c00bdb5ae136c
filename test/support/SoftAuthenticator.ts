/**
 * An authenticator and the browser around it, in software: answers the options of ceremonies as
 * `navigator.credentials` does. Each answer can be spoiled in one respect.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto"
import type { KeyObject } from "node:crypto"
import type { PasskeyCreationOptions, PasskeyRequestOptions } from "../../src/domain/model/PasskeyOptions.ts"

export type Cbor = number | string | Uint8Array | ReadonlySet<Cbor> | ReadonlyMap<number | string, Cbor>

const head = (major: number, value: number): Buffer =>
  value < 24
    ? Buffer.from([major << 5 | value])
    : value < 256
    ? Buffer.from([major << 5 | 24, value])
    : Buffer.from([major << 5 | 25, value >> 8, value & 255])

/** As much of RFC 8949 (a set stands for an array) as an authenticator needs. */
export const cbor = (value: Cbor): Buffer => {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if (!("get" in value)) return Buffer.concat([head(4, value.size), ...[...value].map(cbor)])
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, each]) => [cbor(key), cbor(each)])])
}

const member = (key: KeyObject, name: "e" | "n" | "x" | "y"): Buffer =>
  Buffer.from(key.export({ format: "jwk" })[name] ?? "", "base64url")

interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const algorithms = {
  ES256: {
    make: (): KeyPair => generateKeyPairSync("ec", { namedCurve: "P-256" }),
    digest: "sha256",
    cose: (key: KeyObject) =>
      new Map<number, Cbor>([[1, 2], [3, -7], [-1, 1], [-2, member(key, "x")], [-3, member(key, "y")]])
  },
  RS256: {
    make: (): KeyPair => generateKeyPairSync("rsa", { modulusLength: 2048 }),
    digest: "sha256",
    cose: (key: KeyObject) => new Map<number, Cbor>([[1, 3], [3, -257], [-1, member(key, "n")], [-2, member(key, "e")]])
  },
  EdDSA: {
    make: (): KeyPair => generateKeyPairSync("ed25519"),
    digest: undefined,
    cose: (key: KeyObject) => new Map<number, Cbor>([[1, 1], [3, -8], [-1, 6], [-2, member(key, "x")]])
  }
}

export type Algorithm = keyof typeof algorithms

/** What an answer says besides what it should. */
export interface Circumstances {
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: string
  readonly type?: string
  readonly crossOrigin?: boolean
  readonly topOrigin?: string
  readonly userVerified?: boolean
  readonly userPresent?: boolean
  readonly signCount?: number
  readonly backedUp?: boolean
  readonly userHandle?: string
  /** Of an authenticator that insists on saying who made it. */
  readonly maker?: { readonly cert: string; readonly key: string }
  readonly publicKey?: Uint8Array
}

export interface SoftPasskey {
  readonly registration: ReturnType<typeof registrationOf>
  readonly assert: (options: PasskeyRequestOptions, circumstances?: Circumstances) => ReturnType<typeof assertionOf>
}

const sha256 = (bytes: string | Uint8Array): Buffer => createHash("sha256").update(bytes).digest()

const clientData = (type: string, challenge: string, origin: string, given: Circumstances): Buffer =>
  Buffer.from(JSON.stringify({
    type: given.type ?? type,
    challenge: given.challenge ?? challenge,
    origin: given.origin ?? origin,
    crossOrigin: given.crossOrigin ?? false,
    ...(given.topOrigin === undefined ? {} : { topOrigin: given.topOrigin })
  }))

const authenticatorData = (rpId: string, given: Circumstances, attested: Uint8Array): Buffer => {
  const { backedUp = false, signCount = 0, userPresent = true, userVerified = true } = given
  const flags = (userPresent ? 1 : 0) | (userVerified ? 4 : 0) | (backedUp ? 24 : 0) | (attested.length > 0 ? 64 : 0)
  const count = Buffer.alloc(4)
  count.writeUInt32BE(signCount)
  return Buffer.concat([sha256(given.rpId ?? rpId), Buffer.from([flags]), count, attested])
}

/** The statement of an authenticator that says who made it (WebAuthn §8.2). */
const attested = ({ cert, key }: NonNullable<Circumstances["maker"]>, signed: Uint8Array) =>
  new Map<string, Cbor>([
    ["alg", -7],
    ["sig", sign("sha256", signed, key)],
    ["x5c", new Set([new X509Certificate(cert).raw])]
  ])

const registrationOf = (id: string, clientDataJSON: Buffer, attestationObject: Buffer) => ({
  id,
  rawId: id,
  type: "public-key" as const,
  authenticatorAttachment: "platform",
  clientExtensionResults: { credProps: { rk: true } },
  response: {
    clientDataJSON: clientDataJSON.toString("base64url"),
    attestationObject: attestationObject.toString("base64url"),
    transports: ["internal", "hybrid"]
  }
})

const assertionOf = (id: string, clientDataJSON: Buffer, data: Buffer, signature: Buffer, userHandle: string) => ({
  id,
  rawId: id,
  type: "public-key" as const,
  authenticatorAttachment: "platform",
  clientExtensionResults: {},
  response: {
    clientDataJSON: clientDataJSON.toString("base64url"),
    authenticatorData: data.toString("base64url"),
    signature: signature.toString("base64url"),
    userHandle
  }
})

/** Makes a passkey on a page of `origin`. */
export const makePasskey = (
  options: PasskeyCreationOptions,
  origin: string,
  given: Circumstances = {},
  algorithm: Algorithm = "ES256"
): SoftPasskey => {
  const { cose, digest, make } = algorithms[algorithm]
  const { privateKey, publicKey } = make()
  const credentialId = randomBytes(16)
  const id = credentialId.toString("base64url")
  const data = authenticatorData(
    options.rp.id,
    given,
    Buffer.concat([Buffer.alloc(16), Buffer.from([0, 16]), credentialId, given.publicKey ?? cbor(cose(publicKey))])
  )
  const told = clientData("webauthn.create", options.challenge, origin, given)
  const attestation = new Map<string, Cbor>([
    ["fmt", given.maker === undefined ? "none" : "packed"],
    ["attStmt", given.maker === undefined ? new Map() : attested(given.maker, Buffer.concat([data, sha256(told)]))],
    ["authData", data]
  ])
  return {
    registration: registrationOf(
      id,
      clientData("webauthn.create", options.challenge, origin, given),
      cbor(attestation)
    ),
    assert: (asked, now = {}) => {
      const told = clientData("webauthn.get", asked.challenge, origin, now)
      const shown = authenticatorData(asked.rpId, now, Buffer.alloc(0))
      const signature = sign(digest, Buffer.concat([shown, sha256(told)]), privateKey)
      return assertionOf(id, told, shown, signature, now.userHandle ?? options.user.id)
    }
  }
}
