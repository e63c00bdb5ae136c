/** A real SMTP server on loopback whose faults a test chooses. */
import { Array, Effect, Queue } from "effect"
import type { Scope } from "effect"
import { SMTPServer } from "smtp-server"
import type { SMTPServerOptions } from "smtp-server"
import { selfSignedCertificate } from "../../support/self-signed-certificate.ts"

export interface ReceivedMail {
  readonly from: string
  readonly to: ReadonlyArray<string>
  /** Whether MAIL FROM asked for SMTPUTF8. */
  readonly utf8: boolean
  readonly secure: boolean
  readonly user: string | undefined
  /** The mail as it came, headers first. */
  readonly content: string
}

export interface TestMailServer {
  readonly port: number
  /** The authority of its certificate, in PEM. */
  readonly ca: string
  readonly received: ReadonlyArray<ReceivedMail>
  /** The next mail that nobody has taken yet. Waits for it. */
  readonly next: Effect.Effect<ReceivedMail>
  /** How many connections it has accepted. */
  readonly connections: () => number
}

/** What happens after the last line of a mail. */
type AfterData = "accept" | "stall" | "cut" | { readonly status: number; readonly text: string }

interface Behaviour extends SMTPServerOptions {
  readonly afterData?: AfterData
}

export const refusal = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode })

/** The certificate is its own authority, for 127.0.0.1. */
export const mailServer = Effect.fnUntraced(function*({ afterData = "accept", ...options }: Behaviour = {}) {
  const { cert, key } = selfSignedCertificate()
  const received: Array<ReceivedMail> = []
  const arrivals = yield* Queue.unbounded<ReceivedMail>()
  let connections = 0
  const server: SMTPServer = new SMTPServer({
    logger: false,
    cert,
    key,
    authOptional: true,
    closeTimeout: 1,
    onConnect: (_session, callback) => {
      connections += 1
      callback()
    },
    onData: (stream, { envelope, secure, user }, callback) => {
      const chunks: Array<Buffer> = []
      stream.on("data", (chunk: Buffer) => chunks.push(chunk))
      stream.on("end", () => {
        const mail: ReceivedMail = {
          from: envelope.mailFrom === false ? "" : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          utf8: envelope.smtpUtf8 === true,
          secure,
          user: typeof user === "string" ? user : undefined,
          content: Buffer.concat(chunks).toString()
        }
        received.push(mail)
        Queue.offerUnsafe(arrivals, mail)
        if (afterData === "accept") callback(null, "taken")
        else if (afterData === "cut") cut()
        else if (afterData !== "stall") callback(refusal(afterData.status, afterData.text))
      })
    },
    ...options
  })
  const cut = () => {
    for (const connection of server.connections) connection.close()
  }
  // Clients that go away in the middle are what some tests are about.
  server.on("error", () => undefined)
  yield* listening(server)
  const address = server.server.address()
  const opened: TestMailServer = {
    port: address === null || typeof address === "string" ? 0 : address.port,
    ca: cert,
    received,
    next: Queue.take(arrivals),
    connections: () => connections
  }
  return opened
})

const listening = (server: SMTPServer): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () => Effect.callback<void>((resume) => server.close(() => resume(Effect.void)))
  )

/** The one mail that has been received. */
export const onlyMail = ({ received }: TestMailServer): ReceivedMail => {
  const [mail, ...others] = received
  if (mail === undefined || Array.isReadonlyArrayNonEmpty(others)) throw new Error(`${received.length} mails came`)
  return mail
}
