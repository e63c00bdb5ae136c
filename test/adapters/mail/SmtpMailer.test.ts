/** The mailer against a real SMTP server. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Email } from "../../../src/domain/model/Email.ts"
import { Mailer } from "../../../src/ports/Mailer.ts"
import { mailerContract } from "../../contracts/MailerContract.ts"
import { ACCEPTED, aMessage, CREDENTIALS, deliverOnce, mailer } from "./deliveries.ts"
import { mailServer, onlyMail, refusal } from "./TestMailServer.ts"

const header = (content: string, name: string): string =>
  new RegExp(`^${name}: (.*)$`, "m").exec(content)?.[1]?.trim() ?? ""

/** The part of a mail that has a type. Its encoding is that of plain letters. */
const part = (content: string, type: string): string =>
  content.split(`Content-Type: ${type}`)[1]?.split(/\r\n\r\n|\r\n--/)[1] ?? ""

mailerContract(
  "SMTP",
  Effect.gen(function*() {
    const server = yield* mailServer()
    const { deliver } = yield* mailer(server)
    const arrived = Effect.sync(() =>
      server.received.map(({ content, to }) => ({
        messageId: header(content, "Message-ID"),
        to: to.join(),
        subject: header(content, "Subject"),
        text: part(content, "text/plain"),
        html: part(content, "text/html")
      }))
    )
    return { mailer: Mailer.of({ deliver }), arrived }
  })
)

describe("a mail", () => {
  it.live("is sent over STARTTLS, text before HTML, and says that a machine wrote it", () =>
    Effect.gen(function*() {
      const server = yield* mailServer()
      assert.deepStrictEqual(yield* deliverOnce(server), ACCEPTED)
      const { content, from, secure, to } = onlyMail(server)
      assert.deepStrictEqual({ from, to, secure }, {
        from: "accounts@example.com",
        to: ["ada@example.org"],
        secure: true
      })
      const [head = "", ...body] = content.split("\r\n\r\n")
      for (
        const header of [
          "From: \"Example, accounts\" <accounts@example.com>",
          "To: ada@example.org",
          "Subject: =?UTF-8?",
          "Message-ID: <mail_0000000000000000000000000@example.com>",
          "Date: Sun, 01 Mar 2026 12:00:00 +0000",
          "Auto-Submitted: auto-generated",
          "Content-Language: de",
          "MIME-Version: 1.0",
          "Content-Type: multipart/alternative;"
        ]
      ) assert.include(head, header)
      assert.notMatch(head, /^(?:X-Mailer|User-Agent|X-Originating-IP|Received):/im)
      const parts = body.join("\r\n\r\n")
      assert.isBelow(parts.indexOf("Content-Type: text/plain; charset=utf-8"), parts.indexOf("Content-Type: text/html"))
      assert.notMatch(parts, /name=|Content-Disposition|http/)
    }).pipe(Effect.scoped))

  it.live("has the same Message-ID and date at each attempt, and the connection serves for the next", () =>
    Effect.gen(function*() {
      const server = yield* mailServer()
      const { deliver } = yield* mailer(server)
      yield* deliver(aMessage())
      yield* deliver(aMessage())
      const headers = server.received.map(({ content }) =>
        content.split("\r\n").filter((line) => /^(?:Message-ID|Date):/.test(line))
      )
      assert.strictEqual(headers.length, 2)
      assert.deepStrictEqual(headers[0], headers[1])
      assert.strictEqual(server.connections(), 1)
    }).pipe(Effect.scoped))

  it.live("is sent over TLS from the first byte with smtps, by the user", () =>
    Effect.gen(function*() {
      const server = yield* mailServer({
        secure: true,
        authOptional: false,
        onAuth: ({ password, username }, _session, callback) =>
          password === "p%40ss:word" ? callback(null, { user: username }) : callback(refusal(535, "no"))
      })
      const { port } = server
      const sent = yield* deliverOnce(server, {
        server: { host: "127.0.0.1", port, implicitTls: true, credentials: CREDENTIALS }
      })
      assert.deepStrictEqual(sent, ACCEPTED)
      const { secure, user } = onlyMail(server)
      assert.deepStrictEqual({ secure, user }, { secure: true, user: "sender" })
    }).pipe(Effect.scoped))

  it.live("to an address in Unicode is sent with SMTPUTF8, and to a Unicode domain alone without", () =>
    Effect.gen(function*() {
      const server = yield* mailServer()
      const { deliver } = yield* mailer(server)
      yield* deliver(aMessage({ to: Email.make("jürgen@bücher.example") }))
      yield* deliver(aMessage({ to: Email.make("ada@bücher.example") }))
      assert.deepStrictEqual(server.received.map(({ content, utf8 }) => [/^To: .*$/m.exec(content)?.[0], utf8]), [
        ["To: jürgen@bücher.example", true],
        ["To: ada@xn--bcher-kva.example", false]
      ])
    }).pipe(Effect.scoped))

  it.live("keeps what its texts name inside its texts", () =>
    Effect.gen(function*() {
      const server = yield* mailServer()
      const subject = "Hello\r\nBcc: eve@example.com"
      yield* deliverOnce(server, {}, aMessage({ subject, html: "<img src=\"file:///etc/passwd\">" }))
      const { content, to } = onlyMail(server)
      assert.deepStrictEqual(to, ["ada@example.org"])
      assert.notMatch(content, /^Bcc:/m)
      assert.include(content, "file:///etc/passwd")
    }).pipe(Effect.scoped))
})

describe("[ASVS 12.3.1] without TLS", () => {
  it.live("nothing is sent, neither password nor mail", () =>
    Effect.gen(function*() {
      const commands: Array<string> = []
      const server = yield* mailServer({
        disabledCommands: ["STARTTLS"],
        allowInsecureAuth: true,
        onAuth: (_auth, _session, callback) => {
          commands.push("AUTH")
          callback(null, { user: "sender" })
        }
      })
      const failed = yield* deliverOnce(server, {
        server: { host: "127.0.0.1", port: server.port, implicitTls: false, credentials: CREDENTIALS }
      })
      assert.deepStrictEqual(failed, { _tag: "Failed", reason: "offers no STARTTLS" })
      assert.deepStrictEqual([commands, server.received], [[], []])
    }).pipe(Effect.scoped))

  it.live("mail goes to a relay on loopback if the operator says so", () =>
    Effect.gen(function*() {
      const server = yield* mailServer({ disabledCommands: ["STARTTLS"] })
      assert.deepStrictEqual(yield* deliverOnce(server, { tls: "opportunistic" }), ACCEPTED)
      assert.isFalse(onlyMail(server).secure)
    }).pipe(Effect.scoped))

  it.live("opportunistic still encrypts where the relay can", () =>
    Effect.gen(function*() {
      const server = yield* mailServer()
      assert.deepStrictEqual(yield* deliverOnce(server, { tls: "opportunistic" }), ACCEPTED)
      assert.isTrue(onlyMail(server).secure)
    }).pipe(Effect.scoped))

  it.live("a certificate of an authority that isn't trusted is refused", () =>
    Effect.gen(function*() {
      const server = yield* mailServer()
      const { _tag } = yield* deliverOnce(server, { ca: undefined })
      assert.deepStrictEqual([_tag, server.received.length], ["Failed", 0])
    }).pipe(Effect.scoped))
})
