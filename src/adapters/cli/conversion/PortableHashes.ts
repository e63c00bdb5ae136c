/** Brings other systems' password hashes into forms that the hasher reads. */
import { recordOf, textOf } from "./Fields.ts"
import type { SourceRecord } from "./Records.ts"

/** Removes the padding of base64, which PHC strings don't have. */
const unpadded = (base64: string): string => base64.replace(/(?<!=)=+$/, "")

/** A hash as a database holds it. Undefined if it stands for none. */
export const portableHash = (hash: string | undefined): string | undefined => {
  if (hash === undefined || /^[!*]/.test(hash)) return undefined
  const argon2 = /^(?:\{(?:ARGON2|CRYPT)\}|argon2)?(\$argon2(?:id|i|d)\$.*)$/i.exec(hash)?.[1]
  if (argon2 !== undefined) return argon2.split("$").map(unpadded).join("$")
  const ldap = /^\{PBKDF2-(SHA(?:1|256|512))\}(\d+\$[^$]+\$[^$]+)$/i.exec(hash)
  if (ldap !== null) return `$pbkdf2-${ldap[1]?.toLowerCase()}$${ldap[2]}`
  const firebase = /^\$fbscrypt\$v=1,n=(\d+),r=(\d+),p=(\d+)(?:,ss=([^,$]*))?(?:,sk=([^,$]*))?\$([^$]+)\$([^$]+)$/.exec(
    hash
  )
  if (firebase !== null) {
    const [, log, rounds, lanes, separator = "", signer = "", salt, tag] = firebase
    return `$firescrypt$ln=${log},r=${rounds},p=${lanes}$${salt}$${tag}$${separator}$${signer}`
  }
  return hash.replace(/^\{BCRYPT\}/i, "")
}

/** Better Auth's scrypt, a salt and a tag in hexadecimal. The salt is the text of its digits. */
export const betterAuthHash = (hash: string | undefined): string | undefined => {
  const [, salt = "", tag = ""] = /^([0-9a-f]{32}):([0-9a-f]{128})$/.exec(hash ?? "") ?? []
  if (salt === "") return portableHash(hash)
  const tagBase64 = unpadded(Buffer.from(tag, "hex").toString("base64"))
  return `$scrypt-nfkc$ln=14,r=16,p=1$${unpadded(Buffer.from(salt).toString("base64"))}$${tagBase64}`
}

/** The newer form of Keycloak's credentials is two texts of JSON, the older one is members of their own. */
export const keycloakHash = (credential: SourceRecord): string | undefined => {
  const secret = recordOf(credential, "secretData") ?? credential
  const parameters = recordOf(credential, "credentialData") ?? credential
  const algorithm = textOf(parameters, "algorithm") ?? ""
  const iterations = textOf(parameters, "hashIterations") ?? ""
  const salt = unpadded(textOf(secret, "salt") ?? "")
  const tag = unpadded(textOf(secret, "value", "hashedSaltedValue") ?? "")
  const digest = /^pbkdf2(?:-(sha256|sha512))?$/.exec(algorithm)
  if (digest !== null) return `$pbkdf2-${digest[1] ?? "sha1"}$i=${iterations}$${salt}$${tag}`
  if (algorithm !== "argon2") return undefined
  const more = recordOf(parameters, "additionalParameters") ?? {}
  const version = textOf(more, "version") === "1.0" ? 16 : 19
  const [memory, lanes] = [textOf(more, "memory"), textOf(more, "parallelism")]
  return `$argon2${textOf(more, "type") ?? "id"}$v=${version}$m=${memory},t=${iterations},p=${lanes}$${salt}$${tag}`
}

/** The hash parameters of a Firebase project, as its console or its command line shows them. */
export interface FirebaseParameters {
  readonly signerKey: string
  readonly saltSeparator: string
  readonly rounds: string
  readonly memoryCost: string
}

/** Undefined if a parameter is missing. */
export const readFirebaseParameters = (text: string): FirebaseParameters | undefined => {
  const valueOf = (name: string) => new RegExp(`${name}["']?\\s*[:=]\\s*["']?([A-Za-z0-9+/=_-]+)`).exec(text)?.[1]
  const signerKey = valueOf("base64_signer_key") ?? valueOf("signerKey")
  const saltSeparator = valueOf("base64_salt_separator") ?? valueOf("saltSeparator")
  const [rounds, memoryCost] = [valueOf("rounds"), valueOf("mem_cost") ?? valueOf("memCost")]
  if (signerKey === undefined || saltSeparator === undefined || rounds === undefined || memoryCost === undefined) {
    return undefined
  }
  return { signerKey, saltSeparator, rounds, memoryCost }
}

export const firebaseHash = (
  salt: string,
  tag: string,
  { memoryCost, rounds, saltSeparator, signerKey }: FirebaseParameters
): string => `$firescrypt$ln=${memoryCost},r=${rounds},p=1$${salt}$${tag}$${saltSeparator}$${signerKey}`
