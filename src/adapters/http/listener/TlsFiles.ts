import { DateTime, Duration, Effect } from "effect"
import { X509Certificate } from "node:crypto"
import { readFile } from "node:fs/promises"
import { failure, ok, warning } from "../../../kernel/Finding.ts"
import type { Finding } from "../../../kernel/Finding.ts"
import { instantText } from "../../../kernel/InstantText.ts"
import type { RawValues } from "../../../platform/configuration/Configuration.ts"
import { checkReadable } from "../../../platform/configuration/Sources.ts"
import { problemIf } from "../../../platform/process/CommandFailed.ts"
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

/** Reads both files and checks that they belong together, so that a mistake is found at the start. */
export const readCertificate = Effect.fnUntraced(function*(files: TlsFiles) {
  const certificate: Certificate = {
    cert: yield* readSetting(CERT, files.cert),
    key: yield* readSetting(KEY, files.key)
  }
  yield* Effect.try({
    // Loaded only where it is needed: Node's TLS takes 6 MB.
    try: () => process.getBuiltinModule("node:tls").createSecureContext(certificate),
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
  const isLone = raw.isGiven(given) && !raw.isGiven(absent)
  const lone = problemIf(isLone, absent, `is missing: ${given} is set, and HTTPS needs both`)
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

/** Whether callers accept the certificate of a server with these files. A server without TLS passes. */
export const examineTls = Effect.fnUntraced(
  function*({ cert, key }: { readonly [K in keyof TlsFiles]: TlsFiles[K] | undefined }) {
    if (cert === undefined || key === undefined) return ok("tls", `The server speaks HTTP: ${CERT} is not given.`)
    const now = yield* DateTime.now
    return yield* Effect.match(readCertificate({ cert, key }), {
      onSuccess: (certificate) => judgeValidity(certificate, now),
      onFailure: ({ message }) => failure("tls", message, "Fix the files.")
    })
  }
)

/** How long before its expiry a certificate should be renewed, but at most a third of its validity. */
const NOTICE_MAX = Duration.days(14)

/** Whether all certificates of a chain are valid now and not about to expire. */
export const judgeValidity = ({ cert }: Pick<Certificate, "cert">, now: DateTime.Utc): Finding => {
  const chain = (cert.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((pem) => {
    const { validFromDate, validToDate } = new X509Certificate(pem)
    return { from: DateTime.fromDateUnsafe(validFromDate), to: DateTime.fromDateUnsafe(validToDate) }
  })
  const from = chain.map((it) => it.from).reduce(DateTime.max)
  const to = chain.map((it) => it.to).reduce(DateTime.min)
  const detail = (what: string, when: DateTime.Utc) => `The certificate of ${CERT} ${what} ${instantText(when)}.`
  const notice = Duration.min(NOTICE_MAX, Duration.divideUnsafe(DateTime.distance(from, to), 3))
  if (DateTime.isGreaterThan(from, now)) return failure("tls", detail("is not valid before", from), SET_CLOCK)
  if (DateTime.isLessThanOrEqualTo(to, now)) return failure("tls", detail("expired at", to), RENEW)
  return DateTime.isLessThan(to, DateTime.addDuration(now, notice))
    ? warning("tls", detail("expires at", to), RENEW)
    : ok("tls", detail("expires at", to))
}

const SET_CLOCK = "Set the clock of this machine right, or replace the certificate."

const RENEW = "Renew it and replace the files. A server that runs notices within a minute, at SIGHUP at once."
