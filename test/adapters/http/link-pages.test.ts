/** The pages that links in mails lead to, in a real browser: read by people, opened by scanners. */
import { assert, describe, layer } from "@effect/vitest"
import axe from "axe-core"
import { Context, Effect, Layer } from "effect"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { browser, noBrowser } from "../../support/Browser.ts"
import { SharedListener } from "../../support/RunningServer.ts"

class Chromium extends Context.Service<Chromium, Browser>()("identityd/test/adapters/http/link-pages/Chromium") {
  static readonly layer = Layer.effect(Chromium, browser)
}

const CHALLENGE = `chl_${"a".repeat(25)}`

/** A page drops the query, so a tab that has the same page open loads it anew. */
const ANSWER = `?mail#id=${CHALLENGE}&token=v1.k1.the-token`

const VIEWS = [{ width: 1280, colorScheme: "light" }, { width: 390, colorScheme: "dark" }] as const

/** Checks contrast, names and order of all elements by WCAG 2, level AA. */
const AUDIT = `axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"], resultTypes: ["violations"] })
  .then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))`

/** Everything that a script can do to send a form. */
const SCANNER = `addEventListener("load", () => {
  const form = document.querySelector("form")
  document.querySelector("button").click()
  form.requestSubmit()
  form.dispatchEvent(new Event("submit", { cancelable: true }))
  form.submit()
  document.documentElement.dataset.scanned = "yes"
})`

interface Posted {
  readonly path: string
  readonly body: unknown
}

/** What the service answers, with the code of a problem if it refuses. */
interface ServiceAnswer {
  readonly status: number
  readonly code?: string
  readonly errors?: ReadonlyArray<{ readonly pointer: string; readonly detail: string }>
}

const refusals: ReadonlyArray<ServiceAnswer & { readonly words: RegExp }> = [
  {
    status: 422,
    code: "validation-failed",
    errors: [{ pointer: "/new_password", detail: "must be longer" }],
    words: /can't be accepted: must be longer\./
  },
  { status: 429, code: "too-many-requests", errors: [], words: /too often/ },
  { status: 503, code: "unavailable", words: /can't be reached/ },
  { status: 410, code: "challenge-over", words: /too old/ }
]

interface Tab {
  readonly page: Page
  readonly posted: Array<Posted>
  readonly complaints: Array<string>
  /** To every POST, in place of the service. */
  answer: ServiceAnswer
}

/** A tab of a fresh browser. */
const newTab = Effect.fnUntraced(function*(options: BrowserContextOptions = {}) {
  const chromium = yield* Chromium
  const page = yield* Effect.acquireRelease(
    Effect.promise(() => chromium.newPage(options)),
    (opened) => Effect.promise(() => opened.close())
  )
  const tab: Tab = { page, posted: [], complaints: [], answer: { status: 200 } }
  page.on("pageerror", (error) => tab.complaints.push(error.message))
  yield* Effect.promise(() =>
    page.route((url) => /\/(?:answer|reversal)$/.test(url.pathname), async (route) => {
      const request = route.request()
      tab.posted.push({ path: new URL(request.url()).pathname, body: request.postDataJSON() })
      const { status, ...problem } = tab.answer
      await route.fulfill({ status, contentType: "application/json", body: JSON.stringify(problem) })
    })
  )
  return tab
})

const ENGLISH = "en-GB"

/** For tests that need nothing special of their browser, because a fresh one takes as long as three pages. */
class SharedTab extends Context.Service<SharedTab, Tab>()("identityd/test/adapters/http/link-pages/SharedTab") {
  static readonly layer = Layer.effect(SharedTab, newTab({ locale: ENGLISH }))
}

const world = Layer.provideMerge(SharedTab.layer, Layer.merge(Chromium.layer, SharedListener.layer))

/** Opens a page in a tab, whose notes begin anew. */
const openIn = Effect.fnUntraced(function*(tab: Tab, path: string) {
  const port = yield* SharedListener
  tab.posted.length = 0
  tab.complaints.length = 0
  tab.answer = { status: 200 }
  yield* Effect.promise(() => tab.page.goto(`http://127.0.0.1:${port}${path}`))
  return tab
})

const open = (path: string) => Effect.flatMap(SharedTab, (tab) => openIn(tab, path))

const outcome = (page: Page) => Effect.promise(() => page.locator("#outcome").textContent())

/** Waits until the page says something else than that it waits. */
const outcomeAfter = (page: Page, words: RegExp) =>
  Effect.promise(async () => {
    await page.locator("#outcome").filter({ hasText: words }).waitFor()
    return page.locator("#outcome").textContent()
  })

describe.skipIf(noBrowser)("the page of a link", () => {
  layer(world, { excludeTestServices: true })((it) => {
    it.effect.each([ENGLISH, "de-AT"])(
      "fits every screen, can be read by everybody, and gives nothing to complain of, in %s",
      (locale) =>
        Effect.gen(function*() {
          const tab = locale === ENGLISH ? yield* SharedTab : yield* newTab({ locale })
          // These have most on them, and least.
          for (const purpose of ["sign-up", "email-change-reversal"]) {
            const { complaints, page } = yield* openIn(tab, `/pages/${purpose}${ANSWER}`)
            assert.strictEqual(yield* Effect.promise(() => page.getAttribute("html", "lang")), locale.slice(0, 2))
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
          }
        }).pipe(Effect.scoped),
      60_000
    )

    it.effect(
      "sends the answer when somebody presses its button, with what they type, by keyboard alone",
      () =>
        Effect.gen(function*() {
          const { complaints, page, posted } = yield* open(`/pages/sign-up${ANSWER}`)
          yield* Effect.promise(async () => {
            await page.keyboard.press("Tab")
            await page.keyboard.type("Ada Lovelace")
            await page.keyboard.press("Tab")
            await page.keyboard.type("a well kept secret")
            await page.keyboard.press("Enter")
          })
          assert.match((yield* outcomeAfter(page, /ready/)) ?? "", /^Your account is ready/)
          assert.deepStrictEqual(posted, [{
            path: `/sign-ups/${CHALLENGE}/answer`,
            body: {
              token: "v1.k1.the-token",
              transport: "cookie",
              display_name: "Ada Lovelace",
              password: "a well kept secret"
            }
          }])
          const focused = yield* Effect.promise(() => page.evaluate("document.activeElement.id"))
          assert.strictEqual(focused, "outcome")
          assert.isTrue(yield* Effect.promise(() => page.locator("form").isHidden()))
          assert.deepStrictEqual(complaints, [])
        }).pipe(Effect.scoped),
      60_000
    )

    it.effect(
      "signs a browser in by the press of its button",
      () =>
        Effect.gen(function*() {
          const { complaints, page, posted } = yield* open(`/pages/sign-in-link${ANSWER}`)
          yield* Effect.promise(() => page.click("button"))
          assert.match((yield* outcomeAfter(page, /signed in/)) ?? "", /^You are signed in/)
          assert.deepStrictEqual(posted, [{
            path: `/sign-in-links/${CHALLENGE}/answer`,
            body: { token: "v1.k1.the-token", transport: "cookie" }
          }])
          assert.deepStrictEqual(complaints, [])
        }).pipe(Effect.scoped),
      60_000
    )

    it.effect(
      "[ASVS 14.2.1] takes the answer out of the address and the history before anything else",
      () =>
        Effect.gen(function*() {
          const { page } = yield* open(`/pages/recovery${ANSWER}`)
          assert.match(page.url(), /\/pages\/recovery$/)
          yield* Effect.promise(() => page.reload())
          assert.match((yield* outcome(page)) ?? "", /^Something is missing in this link/)
          yield* Effect.promise(() => page.goBack())
          assert.notInclude(page.url(), "token")
        }).pipe(Effect.scoped),
      60_000
    )

    it.effect(
      "[ASVS 6.6.3] answers nothing for a scanner that opens links, runs scripts and clicks with them",
      () =>
        Effect.gen(function*() {
          const tab = yield* newTab()
          // What a test evaluates in a page counts as a gesture of its user. A script of the page's own doesn't.
          yield* Effect.promise(() => tab.page.addInitScript(SCANNER))
          const { page, posted } = yield* openIn(tab, `/pages/email-verification${ANSWER}`)
          assert.strictEqual(yield* Effect.promise(() => page.getAttribute("html", "data-scanned")), "yes")
          // Whatever it had sent would have arrived before this.
          yield* Effect.promise(() =>
            page.evaluate("fetch('/last/answer', { method: 'POST', body: '{}' }).then((answer) => answer.text())")
          )
          assert.deepStrictEqual(posted, [{ path: "/last/answer", body: {} }])
          assert.strictEqual(yield* outcome(page), "")
        }).pipe(Effect.scoped),
      60_000
    )

    it.effect(
      "takes another link that is opened in the same tab",
      () =>
        Effect.gen(function*() {
          const { page, posted } = yield* open(`/pages/email-change${ANSWER}`)
          const other = `chl_${"b".repeat(25)}`
          yield* Effect.promise(async () => {
            const reloaded = page.waitForEvent("load")
            await page.evaluate(`location.hash = "#id=${other}&token=other"`)
            await reloaded
            await page.click("button")
          })
          yield* outcomeAfter(page, /new address/)
          assert.deepStrictEqual(posted, [{ path: `/email-changes/${other}/answer`, body: { token: "other" } }])
        }).pipe(Effect.scoped),
      60_000
    )

    it.effect(
      "says what became of a refusal, and lets people try again where that makes sense",
      () =>
        Effect.gen(function*() {
          const tab = yield* open(`/pages/recovery${ANSWER}`)
          const { page } = tab
          for (const { words, ...refusal } of refusals) {
            tab.answer = refusal
            yield* Effect.promise(async () => {
              await page.fill("input", "a well kept secret")
              await page.click("button")
            })
            yield* outcomeAfter(page, words)
            assert.strictEqual(yield* Effect.promise(() => page.locator("form").isVisible()), refusal.status !== 410)
          }
        }).pipe(Effect.scoped),
      60_000
    )

    it.effect(
      "has nothing to press when its link is incomplete, or leads elsewhere",
      () =>
        Effect.gen(function*() {
          for (const fragment of ["", "#", `#id=${CHALLENGE}`, "#id=../../accounts/me&token=x", "#token=x"]) {
            const { page } = yield* open(`/pages/recovery?${fragment}`)
            assert.match((yield* outcome(page)) ?? "", /^Something is missing/, fragment)
            assert.isTrue(yield* Effect.promise(() => page.locator("form").isHidden()))
          }
        }).pipe(Effect.scoped),
      60_000
    )

    it.effect(
      "without JavaScript says how to go on",
      () =>
        Effect.gen(function*() {
          const { page } = yield* openIn(yield* newTab({ javaScriptEnabled: false }), `/pages/recovery${ANSWER}`)
          assert.match(yield* Effect.promise(() => page.innerText("main")), /needs JavaScript.*enter the code/)
        }).pipe(Effect.scoped),
      60_000
    )
  })
})
