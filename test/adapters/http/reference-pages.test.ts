/** The content of the pages, independent of their look. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { problemClasses } from "../../../src/adapters/http/api/Problems.ts"
import { operationsOf } from "../../../src/adapters/http/pages/Operations.ts"
import { apiDocument } from "../../../src/adapters/http/pages/ReferencePages.ts"
import { bothListening, listening } from "../../support/RunningServer.ts"
import { PUBLIC_URL, TestIdentity } from "../../support/TestIdentity.ts"
import * as TestServices from "../../support/TestServices.ts"

const README = readFileSync(new URL("../../../README.md", import.meta.url), "utf8")

const get = (port: number, path: string) =>
  Effect.promise(async () => (await fetch(`http://127.0.0.1:${port}${path}`)).text())

const matches = (text: string, form: RegExp): ReadonlyArray<string> =>
  Array.from(text.matchAll(form), ([, found = ""]) => found)

/** From one heading to the next of its kind. */
const section = (page: string, id: string): string => page.split(`id="${id}"`)[1]?.split(/<h[23] /)[0] ?? ""

it.layer(TestIdentity.layer)("The API reference", (it) => {
  const reference = Effect.flatMap(TestIdentity, ({ send }) => Effect.map(send("GET", "/docs"), ({ text }) => text))

  it.effect("has contents, and every link into the page leads somewhere, once", () =>
    Effect.gen(function*() {
      const page = yield* reference
      const ids = matches(page, / id="([^"]+)"/g)
      assert.strictEqual(new Set(ids).size, ids.length)
      assert.includeMembers([...ids], [...matches(page, /href="#([^"]+)"/g)])
      const contents = matches(page.split("</nav>")[0] ?? "", /href="#([^"]+)"/g)
      const headings = matches(page, /<h[23] id="([^"]+)"/g)
      assert.deepStrictEqual(headings.filter((id) => !contents.includes(id)), [
        "Accounts",
        "Challenges",
        "Emails",
        "Factors",
        "Gateways",
        "Introspection",
        "Passkeys",
        "Sessions",
        "Sign-in links",
        "answers"
      ])
    }))

  it.effect("begins with the person of the README, who signs in with the same password", () =>
    Effect.gen(function*() {
      const steps = section(yield* reference, "first-steps").replaceAll("&quot;", "\"")
      const person = { email: "ada@example.com", password: "a well kept secret" }
      for (const [member, value] of Object.entries(person)) {
        assert.include(README, `"${member}": "${value}"`)
        assert.deepStrictEqual(matches(steps, new RegExp(`"${member}": *"([^"]*)"`, "g")), [value, value])
      }
    }))

  it.effect("explains what is not about one operation", () =>
    Effect.gen(function*() {
      const page = yield* reference
      for (const id of ["authentication", "cookies", "idempotency", "paging", "errors", "limits"]) {
        assert.isAbove(section(page, id).length, 300, id)
      }
    }))

  it.effect("says of each parameter and member of a body where it goes, what it is, and whether it is required", () =>
    Effect.gen(function*() {
      const change = section(yield* reference, "changeMyAccount")
      assert.match(change, /<code>if-match<\/code><small>header, string · <b>required<\/b>/)
      assert.match(change, /<code>email<\/code><small>string \(email\), at most 254 characters · optional/)
      assert.match(section(yield* reference, "listMySessions"), /query, integer, 1 to 100, 20 if left out · optional/)
    }))

  it.effect("shows of every operation an example, its answer, its headers and the problems of its own", () =>
    Effect.gen(function*() {
      const page = yield* reference
      for (const { answers, id } of operationsOf(apiDocument())) {
        const shown = section(page, id)
        assert.include(shown, "<pre data-example=", id)
        for (const { status } of answers) if (status < "400") assert.include(shown, `<code>${status}</code>`)
      }
      assert.match(section(page, "createAccount"), /<code>409<\/code>[^]*email-already-exists/)
      assert.match(section(page, "getMyAccount"), /Header <code>etag<\/code>: The account&#39;s version in quotes/)
      assert.match(section(page, "startSession"), /Header <code>retry-after<\/code>/)
    }))
})

it.effect("[ASVS 3.4.3] The API reference runs one script, known by its digest, which asks this origin alone", () =>
  Effect.gen(function*() {
    const { send } = yield* TestIdentity
    const { headers, text } = yield* send("GET", "/docs")
    const [script = ""] = matches(text, /<script>([^]*?)<\/script>/g)
    const digest = createHash("sha256").update(script).digest("base64")
    const policy = (headers["content-security-policy"] ?? "").split("; ")
    assert.includeMembers(policy, ["default-src 'none'", "connect-src 'self'", `script-src 'sha256-${digest}'`])
    assert.strictEqual(text.split("<script").length, 2)
    for (const path of ["/", "/problems", "/problems/not-found"]) {
      const other = yield* send("GET", path)
      assert.notMatch(`${other.headers["content-security-policy"]} ${other.text}`, /script-src|connect-src|<script/)
    }
  }).pipe(Effect.provide(TestIdentity.layer)))

it.live("The API reference lets requests be tried where they are served, and nowhere else", () =>
  Effect.gen(function*() {
    const { managementPort, port } = yield* bothListening(TestServices.layer)
    assert.strictEqual(matches(yield* get(port, "/docs"), /<form data-method="([A-Z]+)"/g).length, 35)
    assert.notMatch(yield* get(managementPort, "/docs"), /<script|<form|data-tries/)
  }).pipe(Effect.scoped))

describe("the page of a problem", () => {
  it.layer(TestIdentity.layer)((it) => {
    it.effect.each(problemClasses)(
      "$code has an example, causes, what to do, and leads to the requests and back",
      ({ code }) =>
        Effect.gen(function*() {
          const { send } = yield* TestIdentity
          const { text } = yield* send("GET", `/problems/${code}`)
          const [, causes = "", remedies = "", example = "", requests = ""] = text.split("<h2>")
          assert.match(causes, /<li>/)
          assert.match(remedies, /<li>/)
          assert.include(example, `&quot;type&quot;: &quot;${PUBLIC_URL}/problems/${code}&quot;`)
          assert.match(requests, /Any request|<li><a href="[^"]+\/docs#\w+">/)
          assert.include(requests, `<a href="${PUBLIC_URL}/problems">`)
        })
    )
  })

  it.live("leads to no reference where there is none", () =>
    Effect.gen(function*() {
      const port = yield* listening({ publicDocs: false })
      assert.notInclude(yield* get(port, "/problems/validation-failed"), "/docs")
      assert.notInclude(yield* get(port, "/problems"), "/docs")
    }).pipe(Effect.scoped))
})
