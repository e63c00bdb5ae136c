/**
 * `docs/security.md`: the rules of the service and the tests that prove them. A rule without a test fails here, and so
 * does a test that claims an unknown rule.
 */
import { assert, describe, expect, it } from "@effect/vitest"
import { fileURLToPath } from "node:url"
import { deviations } from "./deviations.ts"
import type { Rule } from "./Rule.ts"
import { chapters } from "./rules.ts"
import { readTitles } from "./TestTitles.ts"
import type { TestTitle } from "./TestTitles.ts"

const { strays, titles } = readTitles(fileURLToPath(new URL("../..", import.meta.url)), "test")

const rules = chapters.flatMap((chapter) => chapter.rules)

const proofsOf = (ids: ReadonlyArray<string>) => titles.filter((title) => title.ids.some((id) => ids.includes(id)))

/** A contract's titles begin with the name of what is held to it. */
const cell = (text: string) => text.replaceAll("${name}", "every").replaceAll("|", "\\|").replaceAll("<", "&lt;")

const proof = ({ groups, path, title }: TestTitle) =>
  `${cell([...groups, title].join(" › "))} ([${path.split("/").at(-1)}](../${path}))`

const named = (ids: ReadonlyArray<string>) => ids.map((id) => id.replace("ASVS ", "")).join(", ")

const folded = (proofs: ReadonlyArray<TestTitle>) =>
  proofs.length === 0
    ? ""
    : `<details><summary>${proofs.length}</summary>${proofs.map(proof).join("<br>")}</details>`

const row = ({ ids, statement }: Rule) => `| ${named(ids)} | ${statement} | ${folded(proofsOf(ids))} |`

const document = `# Security

What the service is held to and the tests that prove it. This page is made from the titles of the tests; \`npm run
update\` writes it. Numbers are requirements of [OWASP ASVS 5.0.0](https://github.com/OWASP/ASVS/tree/v5.0.0), numbers
after an N sections of [NIST SP 800-63B-4](https://pages.nist.gov/800-63-4/sp800-63b.html); P and F are promises and
faults of our own. The statements say what this service does about them.

How to report a flaw is in [SECURITY.md](../SECURITY.md), the rights that the server needs in the database in
[least-privilege.md](least-privilege.md), reasons in [adr](adr/README.md).

${
  chapters.map(({ rules, title }) =>
    `## ${title}\n\n| | What is so | Tests |\n|---|---|---|\n${rules.map(row).join("\n")}`
  )
    .join("\n\n")
}

## Deliberately not met

| | What is different | Why |
|---|---|---|
${deviations.map(({ difference, id, reason }) => `| ${named([id])} | ${difference} | ${reason} |`).join("\n")}
`

describe("docs/security.md", () => {
  it("is made from the titles of the tests", () => expect(document).toMatchFileSnapshot("../../docs/security.md"))

  it("has no rule without a test, but for what is deliberately not met", () => {
    const excused = new Set(deviations.map(({ id }) => id))
    const unproven = rules.flatMap(({ ids }) => ids).filter((id) => !excused.has(id) && proofsOf([id]).length === 0)
    assert.deepStrictEqual(unproven, [])
  })

  it("has no rule twice", () => {
    const ids = rules.flatMap((rule) => rule.ids)
    assert.deepStrictEqual(ids.filter((id, index) => ids.indexOf(id) !== index), [])
  })

  it("knows every rule that a test claims to prove", () => {
    const known = new Set(rules.flatMap(({ ids }) => ids))
    const unknown = titles.flatMap(({ ids, path }) => ids.filter((id) => !known.has(id)).map((id) => `${path} ${id}`))
    assert.deepStrictEqual(unknown, [])
    assert.deepStrictEqual(strays, [])
  })
})
