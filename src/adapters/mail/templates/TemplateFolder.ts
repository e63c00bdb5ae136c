/**
 * An operator's folder of templates: `<language>/<purpose>.subject.txt`, `.txt` and `.html`. For English and German
 * each file replaces the built-in one. A further language needs all files, because nobody reads half a mail.
 */
import { Effect, FileSystem, Option, Path } from "effect"
import { builtInLanguages, MailPurpose } from "../../../domain/model/Mail.ts"
import { mostSimilar } from "../../../kernel/SimilarNames.ts"
import { builtInTemplates, templateProblems } from "./MailTemplates.ts"
import type { Templates } from "./MailTemplates.ts"
import { eachPurpose, templateFiles, templateParts } from "./TemplateNames.ts"
import type { LanguageTexts, TemplatePart, TemplateTexts } from "./TemplateNames.ts"

/** A mistake in the folder: the path of a file in it, and a sentence's second half. */
export interface TemplateProblem {
  readonly file: string
  readonly problem: string
}

export interface FoundTemplates {
  /** Those of the folder, and the built-in ones that it doesn't replace. */
  readonly templates: Templates
  readonly problems: ReadonlyArray<TemplateProblem>
}

interface TemplateFile {
  readonly purpose: MailPurpose
  readonly part: TemplatePart
}

/** All files that a language may have, by name. */
const knownFiles: ReadonlyMap<string, TemplateFile> = new Map(
  MailPurpose.literals.flatMap((purpose) =>
    templateParts.map((part) => [`${purpose}.${templateFiles[part]}`, { purpose, part }] as const)
  )
)

/** The templates of a language by file name. */
export const filesOf = (texts: LanguageTexts): ReadonlyMap<string, string> =>
  new Map(Array.from(knownFiles, ([name, { part, purpose }]) => [name, texts[purpose][part]]))

/** Fails if the folder, or a file in it, can't be read. Hidden files are left alone. */
export const read = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const visible = Effect.fnUntraced(function*(...names: ReadonlyArray<string>) {
    const found = yield* fs.readDirectory(path.join(folder, ...names))
    return found.filter((name) => !name.startsWith(".")).toSorted()
  })
  const templates = new Map(builtInTemplates)
  const problems: Array<TemplateProblem> = []
  for (const language of yield* visible()) {
    const isFolder = (yield* fs.stat(path.join(folder, language))).type === "Directory"
    if (!isFolder || !isLanguage(language)) {
      problems.push({ file: language, problem: "is no folder named after a language, such as en or pt-BR" })
      continue
    }
    const given = new Map<string, string>()
    for (const name of yield* visible(language)) {
      given.set(name, yield* fs.readFileString(path.join(folder, language, name)))
    }
    const found = languageTexts(language, given)
    problems.push(...found.problems)
    if (found.texts !== undefined) templates.set(language, found.texts)
  }
  const found: FoundTemplates = { templates, problems }
  return found
})

/** As in BCP 47, in its usual case. */
const isLanguage = (name: string): boolean => Option.exists(canonicalLocales(name), ([canonical]) => canonical === name)

const canonicalLocales = Option.liftThrowable((name: string) => Intl.getCanonicalLocales(name))

const languageTexts = (language: string, given: ReadonlyMap<string, string>) => {
  const problems = Array.from(given, ([name, text]) => fileProblems(name, text)).flat()
  const builtIn = builtInTemplates.get(language)
  const usual = builtIn === undefined ? new Map<string, string>() : filesOf(builtIn)
  const missing = [...knownFiles.keys()].filter((name) => !given.has(name) && !usual.has(name))
  const at = (problem: TemplateProblem) => ({ ...problem, file: `${language}/${problem.file}` })
  if (missing.length > 0) {
    const some = missing.length > 3 ? [...missing.slice(0, 3), "…"] : missing
    const problem = `lacks ${some.join(", ")} (${missing.length} of ${knownFiles.size}): only ${
      builtInLanguages.join(" and ")
    } may leave files out`
    return { problems: [...problems.map(at), { file: language, problem }], texts: undefined }
  }
  const textsFor = (purpose: MailPurpose): TemplateTexts => {
    const text = (part: TemplatePart) => {
      const name = `${purpose}.${templateFiles[part]}`
      return given.get(name) ?? usual.get(name) ?? ""
    }
    return { subject: text("subject"), text: text("text"), html: text("html") }
  }
  return { problems: problems.map(at), texts: eachPurpose(textsFor) }
}

const fileProblems = (name: string, text: string): ReadonlyArray<TemplateProblem> => {
  const known = knownFiles.get(name)
  if (known !== undefined) {
    return templateProblems(known.purpose, known.part, text).map((problem) => ({ file: name, problem }))
  }
  const meant = mostSimilar(name, [...knownFiles.keys()])
  const advice = Option.match(meant, { onNone: () => "", onSome: (other) => `. Did you mean ${other}?` })
  return [{ file: name, problem: `is no template of a mail${advice}` }]
}
