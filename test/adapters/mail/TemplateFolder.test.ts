import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Scope } from "effect"
import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { builtInTemplates } from "../../../src/adapters/mail/templates/MailTemplates.ts"
import * as TemplateFolder from "../../../src/adapters/mail/templates/TemplateFolder.ts"
import { temporaryDirectory } from "../../support/temporary-directory.ts"

const folderWith = Effect.fnUntraced(function*(files: Readonly<Record<string, string>>) {
  const folder = yield* temporaryDirectory("identity-templates-")
  yield* Effect.promise(async () => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
    }
  })
  return folder
})

const problemsOf = (files: Readonly<Record<string, string>>) =>
  folderWith(files).pipe(
    Effect.flatMap(TemplateFolder.read),
    Effect.map(({ problems }) => problems.map(({ file, problem }) => `${file} ${problem}`))
  )

const test = (effect: Effect.Effect<void, unknown, NodeServices.NodeServices | Scope.Scope>) => () =>
  effect.pipe(Effect.scoped, Effect.provide(NodeServices.layer))

const mistakes = [
  ["en/recovery.html", "<p>{{{link}}}", "shows {{{link}}} unescaped, where {{link}} is safe"],
  ["en/recovery.html", "{{#link}}{{&link}}{{/link}}", "shows {{{link}}} unescaped, where {{link}} is safe"],
  ["en/recovery.txt", "{{lnik}} {{code}}", "names {{lnik}}, which there isn't. Did you mean {{link}}?"],
  [
    "en/test.txt",
    "{{password}}",
    "names {{password}}, which there isn't. There are service, email, display_name, time, device, ip_address"
  ],
  ["en/test.txt", "{{#time}}{{tiem}}{{/time}}", "names {{tiem}}, which there isn't. Did you mean {{time}}?"],
  ["en/recovery.txt", "{{> footer}}{{code}}", "uses {{>footer}}, which these templates don't have"],
  ["en/recovery.txt", "Hello", "shows neither {{link}} nor {{code}}, so nobody could answer"],
  ["en/email-change-notice.txt", "Hello", "shows neither {{link}}, so nobody could answer"],
  ["en/recovery.subject.txt", "One\nTwo", "has more than one line"],
  ["en/recovery.subject.txt", "\n", "is empty"],
  ["en/recovry.txt", "", "is no template of a mail. Did you mean recovery.txt?"],
  ["en/logo.png", "", "is no template of a mail"]
] as const

describe("a template", () => {
  it.live.each(mistakes)("%s with %j is refused", ([name, text, problem]) =>
    test(Effect.gen(function*() {
      const [found, ...others] = yield* problemsOf({ [name]: text })
      assert.include(found, `${name} ${problem}`)
      assert.deepStrictEqual(others, [])
    }))())

  it.live(
    "that isn't Mustache is refused",
    test(Effect.gen(function*() {
      assert.match(
        (yield* problemsOf({ "en/test.txt": "{{#time}}" }))[0] ?? "",
        /^en\/test.txt is no Mustache template/
      )
    }))
  )
})

describe("a folder of templates", () => {
  it.live(
    "replaces single files of a language that is built in",
    test(Effect.gen(function*() {
      const folder = yield* folderWith({ "de/recovery.subject.txt": "Neues Passwort\n", ".git/config": "{{x}}" })
      const { problems, templates } = yield* TemplateFolder.read(folder)
      assert.deepStrictEqual(problems, [])
      const german = templates.get("de")?.recovery
      assert.deepStrictEqual(german, {
        ...builtInTemplates.get("de")?.recovery,
        subject: "Neues Passwort\n"
      })
      assert.deepStrictEqual(templates.get("en"), builtInTemplates.get("en"))
    }))
  )

  it.live(
    "has all files of a further language, or is refused",
    test(Effect.gen(function*() {
      const english = builtInTemplates.get("en")
      assert.isDefined(english)
      const files = Object.fromEntries(
        Array.from(TemplateFolder.filesOf(english), ([name, text]) => [`pt-BR/${name}`, text])
      )
      const folder = yield* folderWith(files)
      const { problems, templates } = yield* TemplateFolder.read(folder)
      assert.deepStrictEqual([problems, templates.get("pt-BR")], [[], english])
      const { "pt-BR/test.html": _, ...incomplete } = files
      assert.deepStrictEqual(yield* problemsOf(incomplete), [
        "pt-BR lacks test.html (1 of 42): only en and de may leave files out"
      ])
    }))
  )

  it.live(
    "has nothing but folders of languages",
    test(Effect.gen(function*() {
      assert.deepStrictEqual(yield* problemsOf({ "README.md": "", "en_US/test.txt": "", "EN/test.txt": "" }), [
        "EN is no folder named after a language, such as en or pt-BR",
        "README.md is no folder named after a language, such as en or pt-BR",
        "en_US is no folder named after a language, such as en or pt-BR"
      ])
    }))
  )
})
