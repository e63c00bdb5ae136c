import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { describeDevice } from "../../../src/adapters/mail/DeviceWords.ts"
import * as MailRendering from "../../../src/adapters/mail/MailRendering.ts"
import type { Mail } from "../../../src/domain/model/Mail.ts"
import { MailRenderer } from "../../../src/ports/Mailer.ts"
import { instant } from "../../support/builders.ts"
import { aMail, ANSWERED, PURPOSES, RENDERING, secretsOf } from "./mails.ts"

const render = (mail: Mail, options: Partial<MailRendering.RenderingOptions> = {}) =>
  Effect.flatMap(MailRenderer, (renderer) => renderer.render(mail, secretsOf(mail.purpose))).pipe(
    Effect.provide(MailRendering.layer({ ...RENDERING, ...options }))
  )

describe.each(["en", "de"])("in %s", (language) => {
  it.effect.each(PURPOSES)(
    "a mail of %s has a subject, a text and a page, with nothing left to fill in",
    (purpose) =>
      Effect.gen(function*() {
        const { html, language: used, subject, text } = yield* render(aMail(purpose, { language }))
        assert.strictEqual(used, language)
        assert.match(subject, /^.{10,60}$/)
        for (const shown of [subject, text, html]) assert.notMatch(shown, /\{\{|undefined|\[object/)
        assert.include(text, "ada@example.org")
        assert.include(text, "Example")
        const answers = ANSWERED.includes(purpose)
        for (const shown of [text, html.replaceAll("&#x3D;", "=").replaceAll("&#x2F;", "/").replaceAll("&amp;", "&")]) {
          assert.strictEqual(shown.includes(`#id=chl_${"a".repeat(25)}&token=v1.k1.the-token`), answers)
          assert.strictEqual(shown.includes("12345678"), answers && purpose !== "email-change-notice")
        }
        assert.strictEqual(html.includes(`lang="${language}"`), true)
      })
  )

  it.effect.each(PURPOSES)(
    "a page of %s loads nothing, so nobody learns when it is read",
    (purpose) =>
      Effect.gen(function*() {
        const { html } = yield* render(aMail(purpose, { language }))
        assert.notMatch(
          html,
          /<(?:img|link|script|iframe|object|embed|video|audio|source|base|form)\b|url\(|@import|src=/i
        )
        const addresses = Array.from(html.matchAll(/href="([^"]*)"/g), ([, address]) => address)
        assert.isTrue(addresses.every((address) => address?.startsWith("https:&#x2F;&#x2F;id.example.com")))
      })
  )
})

describe("a link", () => {
  it.effect("leads to the application if the operator says so, with the answer in the fragment", () =>
    Effect.gen(function*() {
      const linkUrl = "https://app.example.com/do/{purpose}?from=mail"
      const { text } = yield* render(aMail("recovery"), { linkUrl })
      assert.include(
        text,
        `https://app.example.com/do/recovery?from=mail#id=chl_${"a".repeat(25)}&token=v1.k1.the-token`
      )
    }))

  it.effect("of the notice of a change leads to its reversal", () =>
    Effect.gen(function*() {
      const { text } = yield* render(aMail("email-change-notice"))
      assert.include(text, "https://id.example.com/pages/email-change-reversal#")
    }))
})

describe("the language", () => {
  it.effect.each(
    [["de-AT", "de"], ["DE", "de"], ["fr-CA", "en"], [undefined, "en"]] as const
  )("%s is answered in %s", ([wanted, language]) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* render(aMail("recovery", { language: wanted }))).language, language)
    }))

  it.effect("of times and spans is the reader's", () =>
    Effect.gen(function*() {
      const mail = aMail("recovery", { language: "de", giveUpAt: instant("2026-03-01T12:10:01.000Z") })
      assert.include((yield* render(mail)).text, "10 Minuten")
      const notice = aMail("new-device", { language: "de" })
      assert.include((yield* render(notice)).text, "Wann: 1. März 2026 um 12:00 UTC\nGerät: Firefox, Linux\n")
    }))
})

describe("[ASVS 1.2.1] [ASVS 1.3.11] what strangers chose", () => {
  it.effect("is text in HTML, and stays on its line in text and subject", () =>
    Effect.gen(function*() {
      const evil = "</p><a href=\"https://evil.example\">\r\nBcc: eve@example.com\u2028"
      const subject = "{{display_name}}"
      const texts = { subject, text: "{{display_name}} {{link}}", html: "<p title=\"{{display_name}}\">{{link}}" }
      const english = RENDERING.templates.get("en")
      assert.isDefined(english)
      const templates = new Map([["en", { ...english, recovery: texts }]])
      const message = yield* render(aMail("recovery", { details: { displayName: evil } }), { templates })
      assert.notMatch(message.html, /<a |"https|\n/)
      assert.notMatch(`${message.subject}${message.text}`, /[\r\n\u2028]/)
    }))

  it("isn't in the words for a device", () => {
    assert.deepStrictEqual(
      [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36 Edg/131.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 (KHTML) Version/18.0 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36",
        "call +1 555 0100 http://evil.example",
        "curl/8.5.0"
      ].map(describeDevice),
      ["Chrome, Windows", "Edge, Windows", "Safari, iPhone", "Chrome, Android", "", ""]
    )
  })
})

it.effect("the same mail always looks the same", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* render(aMail("recovery")), yield* render(aMail("recovery")))
  }))
