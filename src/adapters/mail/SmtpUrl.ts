/** `IDENTITY_SMTP_URL`: where the mail server is, how the connection is encrypted, and who signs in to it. */
import { Option, Redacted, Result } from "effect"

export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** Whether TLS comes before anything else (`smtps`), or by STARTTLS (`smtp`). */
  readonly implicitTls: boolean
  readonly credentials: { readonly user: string; readonly password: Redacted.Redacted } | undefined
}

/** The ports of message submission (RFC 8314). */
const PORTS: Readonly<Record<string, number>> = { "smtp:": 587, "smtps:": 465 }

/** Fails with a sentence's second half that names no secret. */
export const parse = (text: string): Result.Result<SmtpServer, string> => {
  const url = URL.parse(text)
  const usualPort = PORTS[url?.protocol ?? ""]
  if (url === null || usualPort === undefined) return Result.fail("it isn't an address that begins with smtp or smtps")
  if (url.hostname === "") return Result.fail("it names no host")
  if (!/^\/?$/.test(url.pathname) || url.search !== "" || url.hash !== "") {
    return Result.fail("something follows the host and port")
  }
  if ((url.username === "") !== (url.password === "")) return Result.fail("it needs user and password, or neither")
  const signIn = Option.all([decoded(url.username), decoded(url.password)])
  if (Option.isNone(signIn)) return Result.fail("a % in user or password isn't written %25")
  const [user, password] = signIn.value
  return Result.succeed({
    host: url.hostname.replaceAll(/^\[|\]$/g, ""),
    port: url.port === "" ? usualPort : Number(url.port),
    implicitTls: url.protocol === "smtps:",
    credentials: user === "" ? undefined : { user, password: Redacted.make(password) }
  })
}

const decoded = Option.liftThrowable(decodeURIComponent)

/** Whether nobody else can read or change what is sent to this host. */
export const isLoopback = (host: string): boolean => /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host)
