/** `IDENTITY_MAIL_FROM`: one address, and the name that readers see. */
import { Schema } from "effect"
import { domainToASCII } from "node:url"
import { Email } from "../../domain/model/Email.ts"
import { Parsed } from "../../platform/configuration/Syntax.ts"

export const Mailbox = Schema.Struct({
  /** Empty if there is none. */
  name: Schema.String,
  address: Schema.String
})
export type Mailbox = typeof Mailbox.Type

const named = /^(?<name>"(?:[^"\\]|\\["\\])+"|[^"<>]+?)\s*<(?<address>[^<>\s]+)>$/

const isEmail = Schema.is(Email)

const parse = (text: string): Mailbox | undefined => {
  const { address = text, name = "" } = named.exec(text)?.groups ?? {}
  const shown = name.startsWith("\"") ? name.slice(1, -1).replaceAll(/\\(.)/g, "$1") : name
  return isEmail(address) && !/\p{Cc}/u.test(shown) ? { name: shown, address } : undefined
}

export const MailboxText = Parsed(
  Mailbox,
  parse,
  "must be one mailbox, such as accounts@example.com or \"Example <accounts@example.com>\""
)

/** The domain of a mailbox in ASCII. */
export const domainOf = ({ address }: Mailbox): string => domainToASCII(address.slice(address.lastIndexOf("@") + 1))
