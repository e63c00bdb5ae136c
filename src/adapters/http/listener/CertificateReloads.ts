/**
 * Serves a replaced certificate without a restart. Its files are read again on request and every half minute. If the
 * new pair can't be used, the old one stays in use, so that a mistake ends no connection.
 */
import { Effect, Metric } from "effect"
import type { Scope } from "effect"
import { X509Certificate } from "node:crypto"
import { readCertificate } from "./TlsFiles.ts"
import type { Certificate, TlsFiles } from "./TlsFiles.ts"

const INTERVAL = "30 seconds"

export interface CertificateReloadsOptions {
  readonly files: TlsFiles
  /** The pair to start with. */
  readonly certificate: Certificate
  /** Completes whenever the files have to be read at once. */
  readonly asked: Effect.Effect<void>
  /** Makes new connections use another pair. */
  readonly use: (certificate: Certificate) => void
}

const expiry = Metric.gauge("identity_tls_certificate_expiry_timestamp_seconds", {
  description: "When the TLS certificate in use expires"
})

const expiryOf = ({ cert }: Certificate): Date => new X509Certificate(cert).validToDate

const noteExpiry = (certificate: Certificate) => Metric.update(expiry, expiryOf(certificate).getTime() / 1000)

/** Watches the files until the scope closes. A requested reload is always logged. Otherwise only changes are. */
export const watch = Effect.fnUntraced(function*(
  options: CertificateReloadsOptions
): Effect.fn.Return<void, never, Scope.Scope> {
  let inUse = options.certificate
  yield* noteExpiry(inUse)
  let reported: string | undefined

  const keep = (message: string, isAsked: boolean) =>
    Effect.suspend(() => {
      const isNews = message !== reported
      reported = message
      return isAsked || isNews ? Effect.logError(`${message} The certificate in use stays.`) : Effect.void
    })

  const take = (found: Certificate, isAsked: boolean) =>
    Effect.suspend(() => {
      reported = undefined
      if (found.cert === inUse.cert && found.key === inUse.key) {
        return isAsked ? Effect.logInfo("The TLS files were read again and are the same") : Effect.void
      }
      options.use(found)
      inUse = found
      return Effect.logInfo("The TLS files were read again: new connections get the new certificate").pipe(
        Effect.annotateLogs({ certificate_expires_at: expiryOf(found).toISOString() }),
        Effect.andThen(noteExpiry(found))
      )
    })

  const next = Effect.timeoutOrElse(Effect.as(options.asked, true), {
    duration: INTERVAL,
    orElse: () => Effect.succeed(false)
  })
  yield* next.pipe(
    Effect.flatMap((isAsked) =>
      Effect.matchEffect(readCertificate(options.files), {
        onFailure: ({ message }) => keep(message, isAsked),
        onSuccess: (found) => take(found, isAsked)
      })
    ),
    Effect.forever,
    Effect.forkScoped
  )
})
