/** What an error of nodemailer means for the mail, and for operators. */

export interface SmtpFault {
  /** nodemailer's name for the kind of error. */
  readonly code: string
  /** The error of the system or of TLS below it, if any. */
  readonly cause: string
  /** The command that the server answered. */
  readonly command: string
  /** The status of that answer with its enhanced code (RFC 3463), if any. The rest may name the recipient. */
  readonly reply: string
  /** Whether the server refused the mail or its recipient for good, so that another attempt is useless. */
  readonly forGood: boolean
}

/**
 * The commands whose refusal is about the mail or its recipient. A server that refuses our password, our sender's
 * address or our connection with 5xx would refuse every mail. Operators can mend that, and mails wait for it.
 */
const ABOUT_THE_MAIL = ["RCPT TO", "DATA"]

export const faultOf = (error: unknown): SmtpFault => {
  const text = (name: string): string => String(Object.getOwnPropertyDescriptor(Object(error), name)?.value ?? "")
  const [reply = ""] = /^[245]\d\d(?:[ -][245]\.\d{1,3}\.\d{1,3})?/.exec(text("response")) ?? []
  const command = text("command")
  return {
    code: text("code"),
    cause: text("originalCode"),
    command,
    reply: reply.replace("-", " "),
    forGood: reply.startsWith("5") && ABOUT_THE_MAIL.includes(command)
  }
}

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  ENOTFOUND: "can't be found: its name has no address",
  ETIMEDOUT: "doesn't answer",
  ECONNRESET: "cut the connection",
  CERT_HAS_EXPIRED: "has a certificate that has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "has a certificate of an unknown authority",
  SELF_SIGNED_CERT_IN_CHAIN: "has a certificate of an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "has a certificate of an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "has a certificate of an unknown authority",
  ERR_TLS_CERT_ALTNAME_INVALID: "has a certificate for another name"
}

/** Continues "The mail server". */
export const explain = ({ cause, code, command, reply }: SmtpFault): string => {
  if (code === "ETLS") return CAUSES[cause] ?? "offers no STARTTLS"
  if (code === "EAUTH") return `doesn't accept user and password${reply === "" ? "" : ` (${reply})`}`
  if (reply !== "") return `answered ${reply} to ${command === "CONN" ? "the connection" : command}`
  if (code === "ECONNECTION") return "cut the connection"
  if (code === "EDNS") return "can't be found: its name has no address"
  return CAUSES[cause] ?? CAUSES[code] ?? `can't be used (${cause || code || "unknown error"})`
}
