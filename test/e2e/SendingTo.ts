/** A server that sends through a mail server of the test, and what its mails lead to. */
import { Effect } from "effect"
import { writeFile } from "node:fs/promises"
import type { TestMailServer } from "../adapters/mail/TestMailServer.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"

/** The settings for it. */
export const sendingTo = Effect.fnUntraced(function*({ ca, port }: Pick<TestMailServer, "ca" | "port">) {
  const directory = yield* temporaryDirectory("identity-ca-")
  yield* Effect.promise(() => writeFile(`${directory}/ca.pem`, ca))
  return {
    IDENTITY_SMTP_URL: `smtp://127.0.0.1:${port}`,
    IDENTITY_SMTP_CA: `${directory}/ca.pem`,
    IDENTITY_MAIL_FROM: "Example <accounts@example.com>",
    IDENTITY_MAIL_LANGUAGE: "de"
  }
})

/** The text of a mail without its encoding. */
const plain = (content: string): string => content.replaceAll("=\r\n", "").replaceAll("=3D", "=")

/** The link in the text of a mail; empty if it has none. */
export const linkIn = (content: string): string => /http:\S+#id=\S+/.exec(plain(content))?.[0] ?? ""

/** The code in the text of a mail. */
export const codeIn = (content: string): string => /: (\d{8})\r?\n/.exec(plain(content))?.[1] ?? ""
