/**
 * A certificate for 127.0.0.1 made on the spot, so that no private key lies in the repository and no tool has to be
 * installed: X.509 v3 over a fresh P-256 key (RFC 5280), written in DER by hand.
 */
import { generateKeyPairSync, sign } from "node:crypto"

const der = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const body = Buffer.concat(parts)
  // Go refuses a length in more bytes than it needs.
  const length = body.length < 128
    ? [body.length]
    : body.length < 256
    ? [0x81, body.length]
    : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Uint8Array.from([tag, ...length]), body])
}

const sequence = (...parts: ReadonlyArray<Uint8Array>) => der(0x30, ...parts)
const integer = (value: number) => der(0x02, Uint8Array.from([value]))
const oid = (...bytes: ReadonlyArray<number>) => der(0x06, Uint8Array.from(bytes))
const utcTime = (text: string) => der(0x17, Buffer.from(text))

const ECDSA_WITH_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))
const SUBJECT_ALTERNATIVE_NAME = oid(0x55, 0x1d, 0x11)

/** The attributes of a name, by the last byte of their object identifiers. */
export type Attributes = Readonly<Record<number, string>>

const nameOf = (attributes: Attributes) =>
  sequence(
    ...Object.entries(attributes).map(([type, text]) =>
      der(0x31, sequence(oid(0x55, 0x04, Number(type)), der(0x0c, Buffer.from(text))))
    )
  )

const COMMON_NAME = 3

/** `subjectAltName` with the one address 127.0.0.1. */
const EXTENSIONS = der(
  0xa3,
  sequence(sequence(
    SUBJECT_ALTERNATIVE_NAME,
    der(0x04, sequence(der(0x87, Uint8Array.from([127, 0, 0, 1]))))
  ))
)

/** PEM texts, valid from one instant to another as `UTCTime` writes them: from 2020 to 2049 unless said. */
export const selfSignedCertificate = (
  [from, to]: readonly [from: string, to: string] = ["200101000000Z", "491231235959Z"],
  attributes: Attributes = { [COMMON_NAME]: "identity test" }
): { readonly cert: string; readonly key: string } => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const name = nameOf(attributes)
  const toBeSigned = sequence(
    der(0xa0, integer(2)),
    integer(1),
    ECDSA_WITH_SHA256,
    name,
    sequence(utcTime(from), utcTime(to)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    EXTENSIONS
  )
  const signature = sign("sha256", toBeSigned, privateKey)
  const certificate = sequence(toBeSigned, ECDSA_WITH_SHA256, der(0x03, Uint8Array.from([0]), signature))
  const base64 = Buffer.from(certificate).toString("base64").replaceAll(/.{64}/g, "$&\n")
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" })
  }
}
