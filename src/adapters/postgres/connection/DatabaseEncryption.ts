/**
 * How a connection to a server is encrypted, and what that proves: libpq's modes.
 *
 * Without a mode, or with `prefer`, a connection is encrypted if the server can do that, with whomever is there.
 * `require` means no more, unless the URL names an authority: then the server must show that it is known to it, as with
 * `verify-ca`. Only `verify-full` also makes sure that it is the server of this name.
 */
import { Effect, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { X509Certificate } from "node:crypto"
import { readFile } from "node:fs/promises"
import { createSecureContext, getCACertificates } from "node:tls"
import type { ConnectionOptions } from "node:tls"
import { InvalidDatabaseUrl } from "./DatabaseUrl.ts"
import type { Encryption } from "./DatabaseUrl.ts"
import { isEncryptionRefused, mayBeForEncryption, tlsFilesUnusable } from "./StoreFailure.ts"

type Transport = "plain" | "encrypted"

/**
 * Makes one connection, or two if the mode has a second choice and the first doesn't come to be for want of encryption.
 */
export const connectWith = <A, R>(
  encryption: Encryption,
  connect: (tls: ConnectionOptions | false) => Effect.Effect<A, SqlError, R>
): Effect.Effect<A, SqlError, R> => {
  const by = (transport: Transport) =>
    transport === "plain"
      ? connect(false)
      : Effect.flatMap(Effect.mapError(readTlsOptions(encryption), tlsFilesUnusable), connect)
  const [first, second] = transports(encryption)
  return second === undefined
    ? by(first)
    : Effect.catchIf(
      by(first),
      mayBeForEncryption,
      (error) => Effect.mapError(by(second), (other) => moreTelling(error, other))
    )
}

/** That a server does not encrypt tells nothing where it need not. What refuses both ways was told first. */
const moreTelling = (first: SqlError, second: SqlError): SqlError =>
  isEncryptionRefused(first) || !mayBeForEncryption(second) ? second : first

/** Sockets of the same machine need none. */
export const unencrypted: Encryption = { mode: "disable", rootCertificate: undefined, client: undefined }

const transports = ({ mode }: Encryption): readonly [Transport, Transport?] => {
  switch (mode) {
    case "disable":
      return ["plain"]
    case "allow":
      return ["plain", "encrypted"]
    case "prefer":
      return ["encrypted", "plain"]
    default:
      return ["encrypted"]
  }
}

/** Makes sure that the files can be used, so that a mistake shows at the start. They are read for each connection. */
export const checkTlsFiles = (encryption: Encryption): Effect.Effect<void, InvalidDatabaseUrl> =>
  encryption.mode === "disable" ? Effect.void : Effect.asVoid(readTlsOptions(encryption))

const readTlsOptions = Effect.fnUntraced(function*({ client, mode, rootCertificate }: Encryption) {
  const authorities = rootCertificate === undefined || rootCertificate === "system"
    ? undefined
    : yield* readPem("sslrootcert", rootCertificate)
  if (authorities !== undefined && !isCertificate(authorities)) return yield* unusable("sslrootcert", "certificate")
  const [cert, key] = client === undefined
    ? []
    : [yield* readPem("sslcert", client.certificate), yield* readPem("sslkey", client.key)]
  if (Result.isFailure(Result.try(() => createSecureContext({ cert, key })))) {
    return yield* new InvalidDatabaseUrl({
      reason:
        "the files of sslcert and sslkey in the database URL are no certificate with its private key in PEM format"
    })
  }
  const options: ConnectionOptions = {
    // Without an authority in the URL, those count that Node trusts.
    ...(rootCertificate === undefined ? {} : { ca: authorities ?? getCACertificates("system") }),
    ...(cert === undefined ? {} : { cert, key }),
    rejectUnauthorized: mode.startsWith("verify") || rootCertificate !== undefined,
    ...(mode === "verify-full" ? {} : { checkServerIdentity: () => undefined })
  }
  return options
})

const isCertificate = (pem: string): boolean => Result.isSuccess(Result.try(() => new X509Certificate(pem)))

const readPem = (parameter: string, path: string): Effect.Effect<string, InvalidDatabaseUrl> =>
  Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: () =>
      new InvalidDatabaseUrl({
        reason: `the file that ${parameter} names in the database URL can't be read: ${JSON.stringify(path)}`
      })
  })

const unusable = (parameter: string, kind: string) =>
  new InvalidDatabaseUrl({
    reason: `the file that ${parameter} names in the database URL holds no ${kind} in PEM format`
  })
