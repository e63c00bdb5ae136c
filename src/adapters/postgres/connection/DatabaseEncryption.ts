/**
 * Encrypts connections, with the modes of libpq.
 *
 * Without a mode, and with `prefer`, a connection is encrypted if the server can do that, without checking who the
 * server is. `require` insists on encryption but checks no more, unless the URL names an authority: then the server
 * needs a certificate from it, as with `verify-ca`. Only `verify-full` also checks the server's name.
 */
import { Effect, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { X509Certificate } from "node:crypto"
import { readFile } from "node:fs/promises"
import type { ConnectionOptions } from "node:tls"
import { InvalidDatabaseUrl } from "./DatabaseUrl.ts"
import type { Encryption } from "./DatabaseUrl.ts"
import { isEncryptionRefused, mayBeForEncryption, tlsFilesUnusable } from "./StoreFailure.ts"

type Transport = "plain" | "encrypted"

/**
 * Connects once, or a second time in the other way if the mode allows that and the first attempt failed because of
 * encryption.
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
      (error) => Effect.mapError(by(second), (other) => moreHelpful(error, other))
    )
}

/**
 * Picks the more helpful of two failures. That a server doesn't encrypt is unimportant where encryption is optional. A
 * refusal of both attempts is explained by the first.
 */
const moreHelpful = (first: SqlError, second: SqlError): SqlError =>
  isEncryptionRefused(first) || !mayBeForEncryption(second) ? second : first

/** Sockets on the same machine need no encryption. */
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

/** Checks that the files can be used, so that a mistake shows at the start. They are read again for each connection. */
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
  if (cert !== undefined && Result.isFailure(Result.try(() => tls().createSecureContext({ cert, key })))) {
    return yield* new InvalidDatabaseUrl({
      reason:
        "the files of sslcert and sslkey in the database URL are no certificate with its private key in PEM format"
    })
  }
  const options: ConnectionOptions = {
    // Without an authority in the URL, Node's trusted ones apply.
    ...(rootCertificate === undefined ? {} : { ca: authorities ?? tls().getCACertificates("system") }),
    ...(cert === undefined ? {} : { cert, key }),
    rejectUnauthorized: mode.startsWith("verify") || rootCertificate !== undefined,
    ...(mode === "verify-full" ? {} : { checkServerIdentity: () => undefined })
  }
  return options
})

/** Node's TLS takes 6 MB, and a database on the same machine needs none. */
const tls = () => process.getBuiltinModule("node:tls")

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
