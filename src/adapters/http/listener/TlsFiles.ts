import { Effect } from "effect"
import { readFile } from "node:fs/promises"
import { createSecureContext } from "node:tls"
import type { RawValues } from "../../../platform/configuration/Configuration.ts"
import { checkReadable } from "../../../platform/configuration/Sources.ts"
import type { SettingProblem } from "../../../platform/process/CommandFailed.ts"
import { ListenError } from "./ListenError.ts"

const [CERT, KEY] = ["IDENTITY_TLS_CERT", "IDENTITY_TLS_KEY"] as const

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
    cert: yield* readSetting(CERT, files.cert),
    key: yield* readSetting(KEY, files.key)
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

/** HTTPS needs both settings, or neither, and files that belong together. */
export const checkTlsSettings = Effect.fnUntraced(function*(raw: RawValues) {
  const [given, absent] = raw.isGiven(CERT) ? [CERT, KEY] : [KEY, CERT]
  const lone = raw.isGiven(given) && !raw.isGiven(absent)
    ? [{ name: absent, problem: `is missing: ${given} is set, and HTTPS needs both` }]
    : []
  const unreadable = [...yield* checkReadable(raw, CERT, "File"), ...yield* checkReadable(raw, KEY, "File")]
  const [cert, key] = [raw.textOf(CERT), raw.textOf(KEY)]
  if (unreadable.length > 0 || cert === undefined || key === undefined) return [...lone, ...unreadable]
  return yield* readCertificate({ cert, key }).pipe(
    Effect.as([]),
    Effect.orElseSucceed((): ReadonlyArray<SettingProblem> => [
      { name: CERT, problem: `must name a certificate in PEM whose private key is in ${KEY}` }
    ])
  )
})
