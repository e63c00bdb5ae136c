import { Effect } from "effect"
import { readFile } from "node:fs/promises"
import { createSecureContext } from "node:tls"
import { ListenError } from "./ListenError.ts"

/** Files in PEM format: a certificate with its chain, and its private key. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** Reads both files and makes sure that they can be used together, so that a mistake shows at the start. */
export const readCertificate = Effect.fnUntraced(function*(files: TlsFiles) {
  const certificate: Certificate = {
    cert: yield* readSetting("IDENTITY_TLS_CERT", files.cert),
    key: yield* readSetting("IDENTITY_TLS_KEY", files.key)
  }
  yield* Effect.try({
    try: () => createSecureContext(certificate),
    catch: () =>
      new ListenError({
        message: `${files.cert} and ${files.key} are no certificate with its private key in PEM format. ` +
          "Set IDENTITY_TLS_CERT and IDENTITY_TLS_KEY to a pair."
      })
  })
  return certificate
})

const readSetting = (setting: string, path: string): Effect.Effect<string, ListenError> =>
  Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: () => new ListenError({ message: `${path} can't be read. Set ${setting} to a file this server may read.` })
  })
