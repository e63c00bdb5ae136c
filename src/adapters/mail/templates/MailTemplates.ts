/**
 * Templates of mails, in Mustache. All are checked when the server starts, so that no mail fails for a mistake in one.
 *
 * Values are always escaped in HTML. In plain text and subjects a value stays on its line, so that nobody's name can
 * look like a part of the mail.
 */
import { Option } from "effect"
import Mustache from "mustache"
import type { BuiltInLanguage, MailPurpose } from "../../../domain/model/Mail.ts"
import { mostSimilar } from "../../../kernel/SimilarNames.ts"
import { english } from "./English.ts"
import { german } from "./German.ts"
import { templateNames } from "./TemplateNames.ts"
import type { LanguageTexts, TemplateName, TemplatePart, TemplateTexts } from "./TemplateNames.ts"

/** The texts of all mails by language, which is a BCP 47 tag. */
export type Templates = ReadonlyMap<string, LanguageTexts>

const builtIn: Readonly<Record<BuiltInLanguage, LanguageTexts>> = { en: english, de: german }

export const builtInTemplates: Templates = new Map(Object.entries(builtIn))

/** What a template shows. Every name is there. */
export type View = Readonly<Record<TemplateName, string>>

/** What is wrong with a template, as the second half of a sentence that begins with its name. */
export const templateProblems = (purpose: MailPurpose, part: TemplatePart, template: string): ReadonlyArray<string> => {
  const parsed = parse(template)
  if (typeof parsed === "string") return [`is no Mustache template: ${parsed}`]
  const allowed = templateNames[purpose]
  const used = new Set<string>()
  const problems = parsed.flatMap(({ name, type }) => {
    if (type === "text") return []
    used.add(name)
    if (type === "&") return [`shows {{{${name}}}} unescaped, where {{${name}}} is safe`]
    if (![..."#^", "name"].includes(type)) return [`uses {{${type}${name}}}, which these templates don't have`]
    return allowed.some((known) => known === name) ? [] : [unknownName(name, allowed)]
  })
  const answers = allowed.filter((name) => name === "link" || name === "code")
  return [
    ...problems,
    ...(part === "subject" && template.trim().split("\n").length > 1 ? ["has more than one line"] : []),
    ...(template.trim() === "" ? ["is empty"] : []),
    ...(part !== "subject" && answers.length > 0 && !answers.some((name) => used.has(name))
      ? [`shows neither ${answers.map((name) => `{{${name}}}`).join(" nor ")}, so nobody could answer`]
      : [])
  ]
}

const unknownName = (name: string, allowed: ReadonlyArray<string>): string =>
  `names {{${name}}}, which there isn't. ` + Option.match(mostSimilar(name, allowed), {
    onNone: () => `There are ${allowed.join(", ")}`,
    onSome: (other) => `Did you mean {{${other}}}?`
  })

interface Token {
  readonly type: string
  readonly name: string
}

/** The tokens of a template, those of its sections too, or why it has none. */
const parse = (template: string): ReadonlyArray<Token> | string => {
  try {
    return flatten(Mustache.parse(template))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const flatten = (tokens: unknown): ReadonlyArray<Token> =>
  !Array.isArray(tokens) ? [] : tokens.flatMap((token: unknown) => {
    const [type, name, , , within] = Array.isArray(token) ? token : []
    return [{ type: String(type), name: String(name) }, ...flatten(within)]
  })

/** Renders the three texts of a mail. */
export const renderTexts = (texts: TemplateTexts, view: View): TemplateTexts => {
  const lines = Object.fromEntries(Object.entries(view).map(([name, value]) => [name, oneLine(value)]))
  const plain = (template: string) => Mustache.render(template, lines, {}, { escape: String })
  return {
    subject: oneLine(plain(texts.subject)),
    text: plain(texts.text).replaceAll(/\n{3,}/g, "\n\n"),
    html: Mustache.render(texts.html, lines)
  }
}

const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim()

/** The language of a mail: the wanted one, else a more general one (RFC 4647 §3.4), else the service's. */
export const chooseLanguage = (templates: Templates, wanted: string | undefined, usual: string): string => {
  const parts = wanted?.split("-") ?? []
  const general = parts.map((_, index) => parts.slice(0, parts.length - index).join("-").toLowerCase())
  return general.flatMap((tag) => [...templates.keys()].filter((known) => known.toLowerCase() === tag))[0] ?? usual
}
