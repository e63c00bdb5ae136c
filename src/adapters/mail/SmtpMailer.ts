/**
 * Hands mails to a mail server, by nodemailer. It is loaded when the first mail is sent, and its connections are kept
 * for the next ones.
 *
 * TLS is required, because nodemailer would otherwise send password and mail in clear where a server, or somebody in
 * between, offers no STARTTLS.
 */
import { Data, DateTime, Duration, Effect, Layer, Redacted, Scope } from "effect"
import { remember } from "../../kernel/Memo.ts"
import { Mailer } from "../../ports/Mailer.ts"
import type { Delivery, MailMessage } from "../../ports/Mailer.ts"
import { domainOf } from "./Mailbox.ts"
import type { Mailbox } from "./Mailbox.ts"
import { explain, faultOf } from "./SmtpFault.ts"
import type { SmtpServer } from "./SmtpUrl.ts"

export interface SmtpOptions {
  readonly server: SmtpServer
  readonly from: Mailbox
  /** `opportunistic` sends in clear where the server offers no STARTTLS. Only for a server on loopback. */
  readonly tls: "required" | "opportunistic"
  /** The only authorities to trust, in PEM. Those of the system and of Node if absent. */
  readonly ca?: string | undefined
  /** How long the server may stay silent. 15 seconds, except in tests. */
  readonly silence?: Duration.Duration | undefined
}

/** `reason` continues "The mail server". It contains no secret. */
class SmtpUnusable extends Data.TaggedError("SmtpUnusable")<{ readonly reason: string }> {}

const SILENCE = Duration.seconds(15)

/** A server that answers slowly but steadily never falls silent. */
const VERIFICATION_MAX = Duration.seconds(30)

/** Few, because some providers refuse more from one sender. */
const CONNECTIONS_MAX = 5

export const layer = (options: SmtpOptions) =>
  Layer.effect(Mailer, Effect.map(make(options), ({ deliver }) => Mailer.of({ deliver })))

/** Connections are opened when they are needed, and closed with the scope. */
export const make = Effect.fnUntraced(function*(options: SmtpOptions) {
  const scope = yield* Effect.scope
  const transport = yield* Effect.cached(
    Effect.acquireRelease(
      Effect.map(
        Effect.promise(() => import("nodemailer")),
        ({ createTransport }) => createTransport(transportOptions(options))
      ),
      (opened) => Effect.sync(() => opened.close({ force: true }))
    ).pipe(Scope.provide(scope), Effect.uninterruptible)
  )

  /** An interrupted attempt closes its connection. */
  const deliver = Effect.fnUntraced(function*(message: MailMessage) {
    const opened = yield* transport
    return yield* Effect.tryPromise({
      try: (signal) => opened.sendMail({ ...envelopeOf(message, options.from), signal }),
      catch: faultOf
    }).pipe(Effect.match({
      onSuccess: (): Delivery => ({ _tag: "Accepted" }),
      onFailure: (fault): Delivery => ({ _tag: fault.forGood ? "Refused" : "Failed", reason: explain(fault) })
    }))
  })

  /** Connects, encrypts and signs in, without sending anything. */
  const verify = Effect.flatMap(transport, (opened) =>
    Effect.tryPromise({
      try: () => opened.verify(),
      catch: (error) => new SmtpUnusable({ reason: explain(faultOf(error)) })
    })).pipe(Effect.timeoutOrElse({
      duration: VERIFICATION_MAX,
      orElse: () => Effect.fail(new SmtpUnusable({ reason: "takes too long" }))
    }))

  return { deliver, verify }
})

const transportOptions = ({ ca, server, silence = SILENCE, tls }: SmtpOptions) => {
  const timeout = Duration.toMillis(silence)
  return {
    pool: true,
    maxConnections: CONNECTIONS_MAX,
    // A mail whose connection broke may have been accepted. The outbox decides whether to send it again.
    maxRequeues: 0,
    host: server.host,
    port: server.port,
    secure: server.implicitTls,
    requireTLS: tls === "required",
    opportunisticTLS: tls === "opportunistic",
    tls: { secureContext: contextTrusting(ca ?? "") },
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    ...credentialsOf(server)
  } as const
}

/** Reading the system's authorities takes a tenth of a second, so it is done once: when a server starts. */
const contextTrusting = remember(2, (ca: string) => {
  const { createSecureContext, getCACertificates } = process.getBuiltinModule("node:tls")
  return createSecureContext({
    ca: ca === "" ? [...getCACertificates("default"), ...getCACertificates("system")] : ca,
    minVersion: "TLSv1.2"
  })
})

/** The server is asked to check them even if it doesn't offer to. */
const credentialsOf = ({ credentials }: SmtpServer) =>
  credentials === undefined
    ? {}
    : { forceAuth: true, auth: { user: credentials.user, pass: Redacted.value(credentials.password) } }

/** Content is always text. nodemailer would otherwise read files and addresses that a mail names. */
const envelopeOf = ({ html, id, language, queuedAt, subject, text, to }: MailMessage, from: Mailbox) => ({
  // The same at every attempt, so that receivers recognise a second copy.
  messageId: `<${id}@${domainOf(from)}>`,
  date: DateTime.toDateUtc(queuedAt),
  // An address as text would be parsed, and could become several.
  from: { name: from.name, address: from.address },
  to: { name: "", address: to },
  envelope: { from: from.address, to: [to] },
  subject,
  text,
  html,
  headers: {
    // RFC 3834, and the same for Exchange: no absence is answered.
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "All",
    "Content-Language": language
  },
  xMailer: false as const,
  disableFileAccess: true,
  disableUrlAccess: true
})
