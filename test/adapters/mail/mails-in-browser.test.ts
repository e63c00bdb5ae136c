/** Mails as a reader sees them: in a real browser, on a narrow and a wide screen. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as MailRendering from "../../../src/adapters/mail/MailRendering.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { MailRenderer } from "../../../src/ports/Mailer.ts"
import { browser, noBrowser } from "../../support/Browser.ts"
import { aMail, PURPOSES, RENDERING, secretsOf } from "./mails.ts"

const LANGUAGES = ["en", "de"]

const WIDTHS = [320, 1280]

/** As long as they get, with nowhere to break a line. */
const LONG = {
  to: Email.make(`${"a".repeat(64)}@${"b".repeat(60)}.${"c".repeat(60)}.example.org`),
  details: {
    displayName: "D".repeat(100),
    userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ipAddress: "2001:db8:1111:2222:3333:4444:5555:6666",
    occurredAt: "2026-09-30T12:00:00.000Z"
  }
}

describe.skipIf(noBrowser)("every mail in a browser", () => {
  it.live(
    "fits a narrow and a wide screen however long names and addresses are, and asks for nothing",
    () =>
      Effect.gen(function*() {
        const { render } = yield* MailRenderer
        const chromium = yield* browser
        const page = yield* Effect.promise(() => chromium.newPage())
        const complaints: Array<string> = []
        yield* Effect.promise(() =>
          page.route("**", (route) => {
            complaints.push(`asks for ${route.request().url()}`)
            return route.abort()
          })
        )
        for (const language of LANGUAGES) {
          for (const purpose of PURPOSES) {
            const { html } = yield* render(aMail(purpose, { ...LONG, language }), secretsOf(purpose))
            yield* Effect.promise(() => page.setContent(html))
            for (const width of WIDTHS) {
              yield* Effect.promise(() => page.setViewportSize({ width, height: 800 }))
              const tooWide = yield* Effect.promise(() =>
                page.evaluate("document.documentElement.scrollWidth - innerWidth")
              )
              if (tooWide !== 0) complaints.push(`${purpose} in ${language} is ${tooWide} wider than ${width}`)
            }
          }
        }
        assert.deepStrictEqual(complaints, [])
      }).pipe(Effect.provide(MailRendering.layer(RENDERING)), Effect.scoped),
    60_000
  )
})
