/** The pages in a real browser: wide and narrow, light and dark, and without a mouse. */
import { assert, describe, layer } from "@effect/vitest"
import axe from "axe-core"
import { Context, Effect, Layer } from "effect"
import type { Page } from "playwright-core"
import { browser, noBrowser } from "../../support/Browser.ts"
import { SharedListener } from "../../support/RunningServer.ts"
import { ADA } from "../../support/TestIdentity.ts"

const PATHS = ["/", "/docs", "/problems", "/problems/validation-failed"]

/** The last is that of the tests after them. */
const VIEWS = [{ width: 390, colorScheme: "dark" }, { width: 1280, colorScheme: "light" }] as const

/** Checks contrast, names and order of all elements by WCAG 2, level AA. */
const AUDIT = `axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"], resultTypes: ["violations"] })
  .then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))`

/** Tests share a tab, because a fresh browser takes as long as three pages. It gathers what pages complain of. */
class Tab extends Context.Service<Tab, { readonly page: Page; readonly complaints: Array<string> }>()(
  "identityd/test/adapters/http/reference-in-browser/Tab"
) {
  static readonly layer = Layer.effect(
    Tab,
    Effect.gen(function*() {
      const chromium = yield* browser
      const page = yield* Effect.promise(() => chromium.newPage())
      const complaints: Array<string> = []
      page.on("console", (message) => complaints.push(message.text()))
      page.on("pageerror", (error) => complaints.push(error.message))
      return { page, complaints }
    })
  )
}

/** Opens a page, without cookies of the pages before it. */
const open = Effect.fnUntraced(function*(path: string) {
  const { complaints, page } = yield* Tab
  const port = yield* SharedListener
  complaints.length = 0
  yield* Effect.promise(() => page.context().clearCookies())
  yield* Effect.promise(() => page.goto(`http://127.0.0.1:${port}${path}`))
  return { page, complaints }
})

/** Opens a form and sends it with the keyboard alone. Returns the text that the page shows. */
const tryIt = async (page: Page, operation: string, body?: unknown): Promise<string> => {
  const form = page.locator(`#${operation} ~ details`).first()
  const focused = (selector: string) => form.locator(`${selector}:focus`).count()
  await form.locator("summary").focus()
  if (await form.getAttribute("open") === null) await page.keyboard.press("Enter")
  while (await focused("button") === 0) {
    await page.keyboard.press("Tab")
    if (body !== undefined && await focused("textarea") === 1) {
      await page.keyboard.press("ControlOrMeta+A")
      await page.keyboard.insertText(JSON.stringify(body))
    }
  }
  await page.keyboard.press("Enter")
  const output = form.locator("pre").filter({ hasNotText: "Sent. Waiting for the answer." })
  return await output.textContent() ?? ""
}

describe.skipIf(noBrowser)("in a browser", () => {
  layer(Layer.merge(Tab.layer, SharedListener.layer), { excludeTestServices: true })((it) => {
    it.effect.each(PATHS)(
      "%s fits every screen, can be read by everybody, and gives nothing to complain of",
      (path) =>
        Effect.gen(function*() {
          const { complaints, page } = yield* open(path)
          // Closed sections are checked, too.
          yield* Effect.promise(() =>
            page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
          )
          yield* Effect.promise(() => page.evaluate(axe.source))
          for (const { colorScheme, width } of VIEWS) {
            yield* Effect.promise(() => page.setViewportSize({ width, height: 800 }))
            yield* Effect.promise(() => page.emulateMedia({ colorScheme }))
            const tooWide = yield* Effect.promise(() =>
              page.evaluate("document.documentElement.scrollWidth - innerWidth")
            )
            assert.strictEqual(tooWide, 0, `${width}`)
            assert.deepStrictEqual(yield* Effect.promise(() => page.evaluate(AUDIT)), [], `${width} ${colorScheme}`)
          }
          assert.deepStrictEqual(complaints, [])
        }).pipe(Effect.scoped),
      60_000
    )

    it.effect(
      "somebody signs up and in and asks who they are from the reference, by keyboard, with a token",
      () =>
        Effect.gen(function*() {
          const { complaints, page } = yield* open("/docs")
          const shown = yield* Effect.promise(async () => [
            await tryIt(page, "createAccount", ADA),
            await tryIt(page, "startSession", { email: ADA.email, password: ADA.password }),
            await tryIt(page, "getMySession")
          ])
          assert.deepStrictEqual(shown.map((text) => text.split("\n")[0]), ["201 Created", "201 Created", "200 OK"])
          assert.include(shown[2], ADA.email)
          assert.deepStrictEqual(yield* Effect.promise(() => page.context().cookies()), [])
          assert.deepStrictEqual(complaints, [])
        }).pipe(Effect.scoped),
      60_000
    )

    it.effect(
      "a sign-in in cookie transport leaves no token, and the cookie does for what follows",
      () =>
        Effect.gen(function*() {
          const { complaints, page } = yield* open("/docs")
          const grace = { email: "grace@example.com", password: "another well kept secret" }
          const shown = yield* Effect.promise(async () => [
            await tryIt(page, "createAccount", { ...grace, display_name: "Grace" }),
            await tryIt(page, "startSession", { ...grace, transport: "cookie" }),
            await tryIt(page, "changeMyAccount", { display_name: "Grace Hopper" }),
            await tryIt(page, "changeMyAccount", { display_name: "Rear Admiral Hopper" }),
            await tryIt(page, "endMySession")
          ])
          assert.deepStrictEqual(shown.map((text) => text.split("\n")[0]), [
            "201 Created",
            "201 Created",
            "200 OK",
            "200 OK",
            "204 No Content"
          ])
          assert.notInclude(shown[1], "\"token\"")
          const names = (yield* Effect.promise(() => page.context().cookies())).map(({ name }) => name)
          assert.deepStrictEqual(names, ["__Host-identity-device"])
          assert.deepStrictEqual(complaints, [])
        }).pipe(Effect.scoped),
      60_000
    )
  })
})
