/** `examples/behind-nginx` as its script starts it, in a real browser. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { spawnSync } from "node:child_process"
import type { Page } from "playwright-core"
import { shownBy } from "../support/authenticator.ts"
import { virtualAuthenticator } from "../support/Browser.ts"
import { ADA, bearer } from "../support/TestIdentity.ts"
import { absent, credentials, factorsOf, fill, script, Tab } from "./BehindNginx.ts"

const has = (program: string, word: string) => spawnSync(program, [word]).status === 0

const usages: ReadonlyArray<readonly [words: ReadonlyArray<string>, exitCode: number, text: string]> = [
  [["--help"], 0, "Usage:"],
  [["--port", "0"], 2, "--port has to be a whole number"],
  [["--colour"], 2, "Unknown option"]
]

const signOut = async (page: Page, url: string) => {
  await page.goto(`${url}/`)
  await page.click("#sign-out")
  await page.waitForURL(`${url}/sign-in`)
}

const Token = Schema.Struct({ token: Schema.String })

describe("examples/behind-nginx", () => {
  if (absent !== undefined) {
    return it.skipIf(true)(`isn't started, because ${absent} is not installed here`, () => assert.fail())
  }

  layer(Tab.layer({}), { excludeTestServices: true, timeout: "120 seconds" })((it) => {
    it.effect("sends a visitor without a session to sign in, and shows them their own page once they signed up", () =>
      Effect.gen(function*() {
        const { complaints, page, url } = yield* Tab
        yield* Effect.promise(async () => {
          await page.goto(`${url}/?next=https://evil.example/`)
          assert.strictEqual(new URL(page.url()).pathname, "/sign-in")
          await fill(page, "#sign-up", { ...credentials, password: ADA.email, display_name: "Ada <b>" })
          await page.locator("#sign-up [role=alert]").filter({ hasText: /email/ }).waitFor()
          await fill(page, "#sign-up", { ...credentials, display_name: "Ada <b>" })
          await page.waitForURL(`${url}/`)
          await page.getByText(`Signed in as Ada <b> (${ADA.email}).`).waitFor()
          if (has("go", "version")) await page.getByText("Hello, Ada <b>").waitFor()
          if (has("python3", "--version")) await page.getByText("Times you have opened this page: 1").waitFor()
        })
        assert.deepStrictEqual(complaints, [])
      }))

    it.effect("[ASVS 3.5.1] keeps notes as they are written, from its own page only", () =>
      Effect.gen(function*() {
        const { complaints, page, url } = yield* Tab
        const note = "<img src=x onerror=alert(1)>\n</ul><script>alert(1)</script>"
        yield* Effect.promise(async () => {
          await fill(page, "form", { text: note })
          await page.getByRole("listitem").waitFor()
          assert.strictEqual(await page.getByRole("listitem").textContent(), note)
          const cookies = await page.context().cookies()
          const answer = await fetch(`${url}/notes`, {
            method: "POST",
            headers: {
              cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; "),
              origin: "https://evil.example",
              "content-type": "application/x-www-form-urlencoded"
            },
            body: "text=forged"
          })
          assert.strictEqual(answer.status, 403)
          await page.reload()
          assert.strictEqual(await page.getByRole("listitem").count(), 1)
        })
        assert.deepStrictEqual(complaints, [])
      }))

    it.effect("[ASVS 7.4.1] shows nothing after signing out, nor after the session was ended elsewhere", () =>
      Effect.gen(function*() {
        const { page, url } = yield* Tab
        yield* Effect.promise(async () => {
          await page.click("#sign-out")
          await page.waitForURL(`${url}/sign-in`)
          await page.goto(`${url}/`)
          assert.strictEqual(page.url(), `${url}/sign-in`)
          await fill(page, "#sign-in", credentials)
          await page.waitForURL(`${url}/`)
          const answer = await fetch(`${url}/id/sessions`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(credentials)
          })
          const { token } = Schema.decodeUnknownSync(Token)(await answer.json())
          const ended = await fetch(`${url}/id/sessions`, { method: "DELETE", headers: bearer(token) })
          assert.strictEqual(ended.status, 204)
          await page.reload()
          assert.strictEqual(page.url(), `${url}/sign-in`)
          const cookies = await page.context().cookies()
          assert.notInclude(cookies.map(({ name }) => name), "__Host-identity-session")
        })
      }))

    it.effect("[ASVS 7.5.3] enrols a passkey after the password, which signs in without one", () =>
      Effect.gen(function*() {
        const { complaints, page, url } = yield* Tab
        yield* virtualAuthenticator(page)
        yield* Effect.promise(async () => {
          await fill(page, "#sign-in", credentials)
          await page.waitForURL(`${url}/`)
          await page.getByRole("link", { name: "Security" }).click()
          await fill(page, "#passkey", { name: "Laptop <b>" })
          await page.click("#proof [value=nothing]")
          await page.locator("#passkey [role=alert]").filter({ hasText: "You didn't prove" }).waitFor()
          await page.click("#passkey button")
          await page.fill("#proof [name=current_password]", "not the password")
          await page.click("#proof [value=text]")
          await page.locator("#proof [role=alert]").filter({ hasText: "wrong" }).waitFor()
          await page.fill("#proof [name=current_password]", ADA.password)
          await page.click("#proof [value=text]")
        })
        assert.deepStrictEqual(yield* factorsOf(page, 1), ["Laptop <b> (passkey)"])
        yield* Effect.promise(async () => {
          await signOut(page, url)
          await page.click("#passkey-sign-in button")
          await page.waitForURL(`${url}/`)
        })
        assert.deepStrictEqual(complaints, [])
      }))

    it.effect("[ASVS 6.3.3] asks for the code of an application, or a recovery code, beside the password", () =>
      Effect.gen(function*() {
        const { complaints, page, url } = yield* Tab
        const secret = yield* Effect.promise(async () => {
          await page.goto(`${url}/security`)
          await fill(page, "#totp", { name: "Phone" })
          await page.click("#proof [value=passkey]")
          return await page.locator("#new-totp output").filter({ hasText: /./ }).innerText()
        })
        assert.include(yield* Effect.promise(() => page.locator("#new-totp a").getAttribute("href")), secret)
        const code = yield* shownBy(secret)
        yield* Effect.promise(() => fill(page, "#new-totp", { code }))
        yield* factorsOf(page, 2)
        const codes = yield* Effect.promise(async () => {
          assert.notInclude(await page.content(), secret)
          await page.click("#recovery-codes button")
          return await page.locator("#new-codes").filter({ hasText: /./ }).innerText()
        })
        assert.deepStrictEqual(yield* factorsOf(page, 3), [
          "Laptop <b> (passkey)",
          "Phone (authenticator application)",
          "On paper (recovery codes, 10 left)"
        ])
        const [recovery = "", ...others] = codes.split("\n")
        assert.strictEqual(others.length, 9)
        for (const proof of [{ totp: yield* shownBy(secret, 1) }, { recovery_code: recovery }]) {
          yield* Effect.promise(async () => {
            await signOut(page, url)
            await fill(page, "#sign-in", credentials)
            for (const [name, value] of Object.entries(proof)) await page.fill(`#proof [name=${name}]`, value)
            await page.click("#proof [value=text]")
            await page.waitForURL(`${url}/`)
          })
        }
        assert.deepStrictEqual(complaints, [])
      }))

    it.effect("removes a factor after another proof, and shows no secret again", () =>
      Effect.gen(function*() {
        const { complaints, page, url } = yield* Tab
        yield* Effect.promise(async () => {
          await page.goto(`${url}/security`)
          await page.locator("#factors li", { hasText: "Phone" }).getByRole("button").click()
          await page.locator("#proof [value=passkey]").waitFor()
          assert.isFalse(await page.locator("#proof [name=current_password]").isVisible())
          await page.click("#proof [value=passkey]")
          await page.locator("#factors li", { hasText: "Phone" }).waitFor({ state: "detached" })
          await page.reload()
        })
        assert.deepStrictEqual(yield* factorsOf(page, 2), [
          "Laptop <b> (passkey)",
          "On paper (recovery codes, 9 left)"
        ])
        assert.strictEqual(yield* Effect.promise(() => page.locator("#new-codes").textContent()), "")
        assert.deepStrictEqual(complaints, [])
      }))

    it.effect("ends what it started, and leaves no files", () =>
      Effect.gen(function*() {
        const { end, url } = yield* Tab
        assert.deepStrictEqual(yield* end, [0, []])
        yield* Effect.flip(Effect.tryPromise(() => fetch(`${url}/sign-in`)))
      }))
  })
})

it.effect.each(usages)("the script answers %s at once", ([words, expected, text]) =>
  Effect.gen(function*() {
    const { exitCode, output } = yield* (yield* script(...words)).ended
    assert.strictEqual(exitCode, expected)
    assert.include(output, text)
  }))
