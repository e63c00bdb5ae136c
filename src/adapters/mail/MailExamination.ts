/** Whether mails can be sent, for `identity doctor` and a server at its start. */
import { Effect } from "effect"
import { failure, ok } from "../../kernel/Finding.ts"
import * as SmtpMailer from "./SmtpMailer.ts"

/** Connects, encrypts and signs in. Sends nothing. */
export const examineMail = Effect.fnUntraced(
  function*(options: SmtpMailer.SmtpOptions | undefined) {
    if (options === undefined) return ok("mail", NO_SERVER)
    const { credentials, host, implicitTls, port } = options.server
    const address = `${host.includes(":") ? `[${host}]` : host}:${port}`
    const { verify } = yield* SmtpMailer.make(options)
    return yield* Effect.match(verify, {
      onSuccess: () => {
        const how = implicitTls || options.tls === "required" ? " over TLS" : ""
        const user = credentials === undefined ? "" : ` and takes user and password`
        return ok("mail", `The mail server ${address} answers${how}${user}.`)
      },
      onFailure: ({ reason }) => failure("mail", `The mail server ${address} ${reason}.`, ADVICE)
    })
  },
  Effect.scoped
)

const NO_SERVER = "No mail server is set, so mails wait in the database. `identity list-mails` lists them, and " +
  "`identity show-mail` prints one with its code and link. To have them sent, set IDENTITY_SMTP_URL and IDENTITY_MAIL_FROM."

const ADVICE = "Mails wait until it is mended. Check IDENTITY_SMTP_URL, IDENTITY_SMTP_TLS and IDENTITY_SMTP_CA."
