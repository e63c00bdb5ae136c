/** A name says what a thing is; the folder already says what kind of thing it is. */
import { posix } from "node:path"
import type { Rule } from "./Rule.ts"
import { sourcesIn } from "./SourceTree.ts"

const VAGUE_FOLDERS = ["utils", "util", "helpers", "common", "lib", "shared", "types"]
const KIND_FOLDERS = ["errors", "interfaces", "dtos", "constants"]

const folders: Rule = {
  sentence: "No folder gathers what has nothing in common, or only its kind",
  violations: (tree) =>
    sourcesIn(tree, "bin", "src", "test", "scripts", "examples", "clients").flatMap(({ path }) =>
      posix.dirname(path).split("/").some((folder) => [...VAGUE_FOLDERS, ...KIND_FOLDERS].includes(folder))
        || VAGUE_FOLDERS.includes(posix.basename(path, ".ts").toLowerCase())
        ? [path]
        : []
    ),
  catches: [
    { "src/adapters/http/utils/Url.ts": "" },
    { "src/domain/errors/NotFound.ts": "" },
    { "test/helpers/a.ts": "" },
    { "src/adapters/http/types.ts": "" }
  ],
  permits: [{ "src/domain/model/Email.ts": "", "test/support/builders.ts": "" }]
}

const FILE_NAME_FORMS: ReadonlyArray<readonly [folder: RegExp, form: RegExp]> = [
  [/^src\/adapters\/cli\/commands\//, /^[a-z]+(?:-[a-z]+)*\.ts$/],
  [/^src\/adapters\/[^/]+\/migrations\//, /^\d{4}_[a-z0-9]+(?:_[a-z0-9]+)*\.ts$/],
  [/^src\/(?:domain|ports)\//, /^[A-Z][A-Za-z0-9]*\.ts$/],
  [
    /^(?:src|bin|test|scripts|examples|clients)\//,
    /^(?:[A-Z][A-Za-z0-9]*|[a-z0-9]+(?:-[a-z0-9]+)*)(?:\.(?:test|bench))?\.[jt]s$/
  ]
]

const fileNames: Rule = {
  sentence: "A file is named after its class, its command or its migration",
  violations: (tree) =>
    sourcesIn(tree, "bin", "src", "test", "scripts", "examples", "clients").flatMap(({ path }) => {
      const form = FILE_NAME_FORMS.find(([folder]) => folder.test(path))
      return form?.[1].test(posix.basename(path)) === true ? [] : [path]
    }),
  catches: [
    { "src/domain/model/email.ts": "" },
    { "src/ports/identity-store.ts": "" },
    { "src/adapters/cli/commands/CreateAccount.ts": "" },
    { "src/adapters/postgres/migrations/1_create.ts": "" },
    { "src/adapters/http/httpServer.ts": "" },
    { "test/domain/some_test.ts": "" }
  ],
  permits: [
    {
      "src/index.ts": "",
      "src/domain/model/Email.ts": "",
      "src/adapters/cli/commands/revoke-sessions.ts": "",
      "src/adapters/postgres/migrations/0001_create_accounts.ts": "",
      "src/adapters/postgres/rows.ts": "",
      "test/domain/Accounts.test.ts": ""
    }
  ]
}

/**
 * Words that name a kind of thing and not the thing. They are forbidden at the end of a name, and the first four also
 * at its start.
 */
const FIRST_WORDS = ["Abstract", "Base", "Default", "Impl"]
const LAST_WORDS = [...FIRST_WORDS, "Service", "Manager", "Live", "Port", "Dto", "Data", "Info"]

const isVague = (name: string): boolean => {
  const words = name.match(/[A-Z]+(?![a-z])|[A-Z][a-z0-9]*/g) ?? []
  return FIRST_WORDS.includes(words[0] ?? "") || LAST_WORDS.includes(words.at(-1) ?? "") || name.endsWith("DTO")
}

const vocabulary: Rule = {
  sentence: "Names leave out what the folder already says",
  violations: (tree) =>
    sourcesIn(tree, "bin", "src").flatMap(({ code, path }) => {
      const declared = Array.from(
        code.matchAll(/\b(?:class|interface|type|enum)\s+([A-Z]\w*)/g),
        (match) => match[1] ?? ""
      )
      const hungarian = Array.from(code.matchAll(/\binterface\s+(I[A-Z][a-z]\w*)/g), (match) => match[1] ?? "")
      const vague = [posix.basename(path, ".ts"), ...declared].filter(isVague)
      return [...vague, ...hungarian].map((name) => `${path} names ${name}`)
    }),
  catches: [
    { "src/ports/MailerPort.ts": "" },
    { "src/domain/accounts/A.ts": "export class AccountService {}" },
    { "src/domain/accounts/A.ts": "export class SessionManager {}" },
    { "src/domain/accounts/A.ts": "export interface IAccounts {}" },
    { "src/domain/accounts/A.ts": "export type AccountDto = {}" },
    { "src/domain/accounts/A.ts": "export type AccountDTO = {}" },
    { "src/domain/accounts/A.ts": "class BaseAccount {}" },
    { "src/adapters/memory/StoreLive.ts": "" }
  ],
  permits: [
    { "src/domain/accounts/A.ts": "class X extends Context.Service<X, {}>()('x') {}\n// class AccountService" },
    { "src/domain/model/DataDirectory.ts": "export interface Identity {}\nexport type IdGenerator = string" }
  ]
}

export const namingRules: ReadonlyArray<Rule> = [folders, fileNames, vocabulary]
