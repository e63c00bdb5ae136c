/** A server and a mail server, each in a process or on a socket of its own. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { mailServer } from "../adapters/mail/TestMailServer.ts"
import { browser, noBrowser } from "../support/Browser.ts"
import { migratedDatabase } from "./Database.ts"
import { post, request, serve, untilLogged, untilReadiness } from "./IdentityProcess.ts"
import type { Server } from "./IdentityProcess.ts"
import { linkIn, sendingTo } from "./SendingTo.ts"

const PASSWORD = "correct horse battery staple"

const ADA = { email: "ada@example.com", password: PASSWORD, display_name: "Ada Lovelace" }

const prepared = Effect.gen(function*() {
  const { url } = yield* migratedDatabase
  return {
    IDENTITY_DATABASE_URL: Redacted.value(url),
    IDENTITY_SIGNING_KEYS: "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"
  }
})

const Started = Schema.Struct({ token: Schema.String })

/** Signs somebody up and in and changes their password. */
const changePassword = Effect.fnUntraced(function*(server: Server) {
  yield* untilReadiness(server, 200)
  yield* post(`${server.url}/accounts`, ADA)
  const session = yield* post(`${server.url}/sessions`, { email: ADA.email, password: PASSWORD })
  const { token } = yield* Effect.flatMap(Effect.promise(() => session.json()), Schema.decodeUnknownEffect(Started))
  const changed = yield* request(`${server.url}/accounts/me/password`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ current_password: PASSWORD, new_password: "another well kept secret" })
  })
  assert.strictEqual(changed.status, 200)
})

describe("a server with a mail server", () => {
  it.live(
    "[ASVS 6.3.7] tells the holder of a changed password, in their language and once, with two processes",
    () =>
      Effect.gen(function*() {
        const mails = yield* mailServer()
        const variables = { ...(yield* prepared), ...(yield* sendingTo(mails)), IDENTITY_WORKERS: "2" }
        const server = yield* serve(variables)
        yield* changePassword(server)
        const { content, secure, to } = yield* mails.next
        assert.deepStrictEqual([to, secure], [["ada@example.com"], true])
        assert.include(content, "From: Example <accounts@example.com>")
        assert.include(content, "Das Passwort Ihres Kontos bei Example wurde ge=C3=A4ndert.")
        assert.strictEqual(mails.received.length, 1)
        assert.notInclude(server.log(), "ada@example.com")
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
    60_000
  )

  it.live(
    "that is away serves all the same, says so, and sends what waits when it is back",
    () =>
      Effect.gen(function*() {
        const database = yield* prepared
        const away = { ...(yield* sendingTo({ ...(yield* mailServer()), port: 1 })), ...database }
        const server = yield* serve(away)
        yield* changePassword(server)
        yield* untilLogged(server, "The mail server 127.0.0.1:1 refuses connections. Mails wait until it is mended.")
        server.child.kill("SIGTERM")
        assert.strictEqual((yield* server.ended).exitCode, 0)
        const mails = yield* mailServer()
        const back = yield* serve({ ...database, ...(yield* sendingTo(mails)) })
        yield* untilReadiness(back, 200)
        assert.deepStrictEqual((yield* mails.next).to, ["ada@example.com"])
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
    60_000
  )
})

describe.skipIf(noBrowser)("the link of a recovery", () => {
  it.live(
    "[ASVS 6.4.3] signs its reader in with a new password, and works although scanners have opened it before",
    () =>
      Effect.gen(function*() {
        const mails = yield* mailServer()
        const server = yield* serve({ ...(yield* prepared), ...(yield* sendingTo(mails)) })
        yield* untilReadiness(server, 200)
        const { email } = ADA
        yield* post(`${server.url}/accounts`, ADA)
        yield* post(`${server.url}/recoveries`, { email })
        const link = linkIn((yield* mails.next).content)
        assert.match(link, /\/pages\/recovery#id=chl_\w+&token=[\w.-]+$/)
        for (const method of ["HEAD", "GET"]) assert.strictEqual((yield* request(link, { method })).status, 200)
        const chromium = yield* browser
        yield* Effect.promise(async () => {
          const scanner = await chromium.newPage()
          await scanner.goto(link)
          await scanner.locator("button").waitFor()
          await scanner.close()
          const page = await chromium.newPage()
          await page.goto(link)
          await page.getByLabel("New password").fill("another well kept secret")
          await page.getByRole("button", { name: "Set the password" }).press("Enter")
          await page.getByRole("status").filter({ hasText: "Your new password is set" }).waitFor()
          const me = await page.goto(`${server.url}/sessions/me`)
          assert.strictEqual(me?.status(), 200)
        })
        assert.notInclude(server.log(), link.slice(link.indexOf("token=") + "token=".length))
        const signIn = (password: string) =>
          Effect.map(post(`${server.url}/sessions`, { email, password }), ({ status }) => status)
        assert.deepStrictEqual([yield* signIn("another well kept secret"), yield* signIn(PASSWORD)], [201, 401])
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
    60_000
  )
})
