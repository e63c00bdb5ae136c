/**
 * The pages that links in mails lead to when no application is configured for it. Opening one changes nothing; the
 * press of its button sends the answer from the link.
 */
import { Effect, Record } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import type { BuiltInLanguage } from "../../../domain/model/Mail.ts"
import { remember } from "../../../kernel/Memo.ts"
import { NotFound } from "../api/Problems.ts"
import { refuse } from "../exchange/Refusals.ts"
import { served } from "../exchange/RouteTable.ts"
import { LINK_PAGE_SCRIPT } from "./LinkPageScript.ts"
import { LINK_PURPOSES, linkPageWords } from "./LinkPageWords.ts"
import type { LinkPageWords, LinkPurpose } from "./LinkPageWords.ts"
import { html, page } from "./Pages.ts"
import type { Html } from "./Pages.ts"

/** The request that answers, and its body besides the token. */
interface AnswerRequest {
  readonly path: string
  /** Members that are the same for everybody. */
  readonly members: Readonly<Record<string, string>>
  /** Members that people type. */
  readonly fields: ReadonlyArray<"display_name" | "new_password" | "password">
}

/** Sessions go into the cookie, so that no page ever has a token. */
const WITH_COOKIE = { transport: "cookie" }

const answerRequests: Readonly<Record<LinkPurpose, AnswerRequest>> = {
  "email-verification": { path: "/email-verifications/{id}/answer", members: {}, fields: [] },
  recovery: { path: "/recoveries/{id}/answer", members: WITH_COOKIE, fields: ["new_password"] },
  "sign-up": { path: "/sign-ups/{id}/answer", members: WITH_COOKIE, fields: ["display_name", "password"] },
  "sign-in-link": { path: "/sign-in-links/{id}/answer", members: WITH_COOKIE, fields: [] },
  "email-change": { path: "/email-changes/{id}/answer", members: {}, fields: [] },
  "email-change-reversal": { path: "/email-changes/{id}/reversal", members: {}, fields: [] }
}

export const linkPages = served(HttpRouter.route(
  "GET",
  "/pages/:purpose",
  Effect.gen(function*() {
    const { purpose = "" } = yield* HttpRouter.params
    const { headers } = yield* HttpServerRequest.HttpServerRequest
    const known = LINK_PURPOSES.find((each) => each === purpose)
    return known === undefined ? yield* refuse(NotFound) : pagesIn[preferred(headers["accept-language"])](known)
  })
))

const pagesIn = Record.map(
  linkPageWords,
  (_, language) => remember(LINK_PURPOSES.length, (purpose: LinkPurpose) => linkPage(purpose, language))
)

/** The first language of a header that we have. Browsers send them in the order of preference. */
const preferred = (header = ""): BuiltInLanguage =>
  header.split(",").map((range) => range.trim().slice(0, 2).toLowerCase()).find(isKnown) ?? "en"

const isKnown = (language: string): language is BuiltInLanguage => Object.hasOwn(linkPageWords, language)

const linkPage = (purpose: LinkPurpose, language: BuiltInLanguage) => {
  const words = linkPageWords[language]
  const { action, done, lead, title } = words.purposes[purpose]
  const { fields, members, path } = answerRequests[purpose]
  return page({
    title,
    language,
    body: html`<form hidden data-path="${path}" data-members="${JSON.stringify(members)}">
<p>${lead}</p>
${fields.map((name) => field(name, words))}
<button>${action}</button>
</form>
<p id="outcome" role="status" tabindex="-1"></p>
<noscript><p>${words.noScript}</p></noscript>
${hiddenWords("done", done)}
${hiddenWords("sending", words.sending)}
${hiddenWords("incomplete", words.incomplete)}
${hiddenWords("failed", words.failed)}
${Object.entries(words.refusals).map(([code, text]) => hiddenWords(code, text))}`,
    script: LINK_PAGE_SCRIPT
  })
}

/** What the script may say. */
const hiddenWords = (name: string, text: string): Html => html`<span hidden data-words="${name}">${text}</span>`

const field = (name: AnswerRequest["fields"][number], words: LinkPageWords): Html =>
  name === "display_name"
    ? html`<label>${words.displayName}<input name="${name}" autocomplete="name" required maxlength="200"></label>`
    : html`<label>${
      name === "password" ? words.password : words.newPassword
    }<input name="${name}" type="password" autocomplete="new-password" required></label>`
