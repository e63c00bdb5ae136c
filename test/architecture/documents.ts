/**
 * Settings, commands and files that pages mention exist. The names come from `docs/configuration.md` and `docs/cli.md`,
 * which other tests compare with the table of settings and the tree of commands.
 */
import { posix } from "node:path"
import type { Rule } from "./Rule.ts"
import type { SourceFile, SourceTree } from "./SourceTree.ts"

const pagesOf = (tree: SourceTree): ReadonlyArray<SourceFile> =>
  [...tree.values()].filter(({ path }) => path.endsWith(".md"))

/** The changelog may name things that no longer exist. */
const currentPagesOf = (tree: SourceTree): ReadonlyArray<SourceFile> =>
  pagesOf(tree).filter(({ path }) => path !== "CHANGELOG.md")

const FENCED = /^ *(```+)(\w*)\n([\s\S]*?)^ *\1$/gm

const withoutFences = (text: string): string => text.replaceAll(FENCED, "")

/** What a heading is called in the address of a link, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading.toLowerCase().replaceAll(/[^\p{Letter}\p{Number} _-]/gu, "").replaceAll(" ", "-")

const anchorsOf = (page: SourceFile | undefined): ReadonlyArray<string> =>
  Array.from(withoutFences(page?.text ?? "").matchAll(/^#+ (.+)$/gm), ([, heading = ""]) => anchorOf(heading.trim()))

const leadsSomewhere = (tree: SourceTree, from: string, target: string): boolean => {
  const [path = "", anchor] = target.split("#")
  const file = path === "" ? from : posix.join(posix.dirname(from), path)
  const isThere = tree.has(file) || [...tree.keys()].some((other) => other.startsWith(`${file.replace(/\/$/, "")}/`))
  return isThere && (anchor === undefined || anchorsOf(tree.get(file)).includes(anchor))
}

const links: Rule = {
  sentence: "A link from one page to another leads there",
  violations: (tree) =>
    pagesOf(tree).flatMap(({ path, text }) =>
      Array.from(withoutFences(text).matchAll(/\]\(([^()\s]+)\)/g), ([, target = ""]) => target)
        .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(tree, path, target))
        .map((target) => `${path}: ${target}`)
    ),
  catches: [
    { "README.md": "[a](docs/a.md)" },
    { "docs/guides/a.md": "[a](b.md)", "docs/b.md": "" },
    { "docs/a.md": "[a](b.md#what-it-is)", "docs/b.md": "## What it was\n```sh\n# What it is\n```\n" }
  ],
  permits: [{
    "README.md":
      "[a](docs/a.md) [b](docs) [c](https://example.com/c) [d](#d-of-d)\n## D (of `d`)\n```js\nx[0](y)\n```\n",
    "docs/a.md": "[readme](../README.md#d-of-d)"
  }]
}

/** A path from the root, or the name of a module that is one of its kind. */
const FILE_NAME = /^(?!.*NNNN)(?:(?:\.\/)?((?:src|bin|test|docs|scripts|examples|findings)\/[\w./-]+)|([A-Z]\w*\.ts))$/

const files: Rule = {
  sentence: "A page names only files that exist",
  violations: (tree) => {
    const paths = [...tree.keys()]
    return currentPagesOf(tree).flatMap(({ path, text }) =>
      Array.from(withoutFences(text).matchAll(/`([^`\n]+)`/g), ([, code = ""]) => FILE_NAME.exec(code)).filter((name) =>
        name !== null && !paths.some((file) =>
          name[1] === undefined
            ? posix.basename(file) === name[2]
            : file === name[1] || file.startsWith(`${name[1].replace(/\/$/, "")}/`)
        )
      ).map((name) => `${path}: ${name?.[0]}`)
    )
  },
  catches: [
    { "README.md": "`src/ports/B.ts`", "src/ports/A.ts": "" },
    { "README.md": "`src/po`", "src/ports/A.ts": "" },
    { "docs/adr/a.md": "(`B.ts`)", "src/ports/A.ts": "" }
  ],
  permits: [{
    "README.md":
      "`src/ports`, `src/ports/`, `A.ts`, `src/ports/A.ts`, `migrations/NNNN_a.ts`, `test/*`, `tsconfig.json`",
    "CHANGELOG.md": "`Gone.ts`",
    "src/ports/A.ts": ""
  }]
}

const SETTING = /\bIDENTITY_[A-Z0-9_]*[A-Z0-9]\b/g

/** Variables of the test run aren't settings of the server. */
const OF_TESTS = /^IDENTITY_(?:TEST|RACE)_/

const settings: Rule = {
  sentence: "A page names only settings that exist",
  violations: (tree) => {
    const rows = (tree.get("docs/configuration.md")?.text ?? "").matchAll(/^\| `(IDENTITY_\w+)` \|/gm)
    const known = new Set(Array.from(rows, ([, name]) => name))
    return [
      ...currentPagesOf(tree),
      ...[...tree.values()].filter(({ path }) => /^(?:compose\.yaml|Dockerfile)$/.test(path))
    ]
      .flatMap(({ path, text }) =>
        Array.from(text.matchAll(SETTING), ([name]) => name)
          .filter((name) => !known.has(name) && !OF_TESTS.test(name))
          .map((name) => `${path}: ${name}`)
      )
  },
  catches: [
    { "README.md": "`IDENTITY_PROT`", "docs/configuration.md": "| `IDENTITY_PORT` | `8080` |" },
    { "compose.yaml": "IDENTITY_PROT: 1", "docs/configuration.md": "| `IDENTITY_PORT` | `8080` |" },
    { "docs/configuration.md": "| `IDENTITY_PORT` | `8080` | See `IDENTITY_HOST`. |" }
  ],
  permits: [{
    "README.md": "`IDENTITY_PORT`, `IDENTITY_…`, `IDENTITY_TEST_DATABASE_URL`",
    "CHANGELOG.md": "`IDENTITY_GONE` is gone.",
    "docs/configuration.md": "| `IDENTITY_PORT` | `8080` |"
  }]
}

const FLAG = /(?<![\w-])--?[a-z][a-z-]*/g

/** The flags of each command, by its name, and those of all commands by the name of none. */
const commandsIn = (page: string): ReadonlyMap<string, ReadonlySet<string>> =>
  new Map(
    page.split(/^## /m).slice(1).map((section) => {
      const rows = Array.from(section.matchAll(/^\| `(-[^`]*)` \|/gm), ([, flags = ""]) => flags.match(FLAG) ?? [])
      return [/^identity (\S+)/.exec(section)?.[1] ?? "", new Set(rows.flat())] as const
    })
  )

/** What tokens and cursors are signed with, which is no command. */
const SIGNED_TEXT = /`identity [a-z ]+ v\d+`/g

/** Commands that a page shows: lines of code blocks, with continuation lines joined, and inline code. */
const typedIn = (text: string): ReadonlyArray<string> => [
  ...Array.from(text.matchAll(FENCED))
    .filter(([, , language]) => language === "sh")
    .flatMap(([, , , block = ""]) => block.replaceAll("\\\n", " ").split("\n"))
    .filter((line) => !line.trimStart().startsWith("#")),
  ...Array.from(withoutFences(text).replaceAll(SIGNED_TEXT, "").matchAll(/`([^`]+)`/g), ([, code = ""]) => code)
]

interface Call {
  readonly command: string
  readonly flags: ReadonlyArray<string>
}

const callsIn = (line: string): ReadonlyArray<Call> =>
  Array.from(
    line.matchAll(/(?:^|[\s(|;&"])(?:\.\/)?identity +([a-z][a-z-]*)?(?=[\s`)"]|--|$)([^|;&)>`]*)/g),
    ([, command = "", rest = ""]) => ({ command, flags: rest.replaceAll(/(["']).*?\1/g, "").match(FLAG) ?? [] })
  )

const commands: Rule = {
  sentence: "A page names only commands and flags that exist",
  violations: (tree) => {
    const known = commandsIn(tree.get("docs/cli.md")?.text ?? "")
    const everywhere = known.get("") ?? new Set()
    const wrongIn = ({ command, flags }: Call): ReadonlyArray<string> => {
      const own = known.get(command)
      if (own === undefined) return [command]
      return flags.filter((flag) => !own.has(flag) && !everywhere.has(flag)).map((flag) => `${command} ${flag}`)
    }
    return currentPagesOf(tree).flatMap(({ path, text }) =>
      typedIn(text).flatMap(callsIn).flatMap(wrongIn).map((wrong) => `${path}: identity ${wrong}`)
    )
  },
  catches: [
    { "README.md": "`identity migrat`", "docs/cli.md": "## identity migrate\n" },
    { "README.md": "```sh\nKEY=$(./identity gen)\n```\n", "docs/cli.md": "## identity migrate\n" },
    {
      "README.md": "```sh\nidentity migrate \\\n  --dry\n```\n",
      "docs/cli.md": "## identity migrate\n| `--dry-run` | |\n"
    },
    { "README.md": "```sh\nA=b identity migrate -x\n```\n", "docs/cli.md": "## identity migrate\n" },
    { "README.md": "`identity --jsno`", "docs/cli.md": "## Flags\n| `--json` | |\n" }
  ],
  permits: [{
    "README.md":
      "`identity migrate --json`, `./identity --help`, `identity session token v1`, identity is no command\n" +
      "```sh\n# identity knows it\ncd identity && npm ci\ndocker build --tag identity . --pull\nidentity migrate -q | grep -v x\n" +
      "identity migrate --dry-run --data-dir '--x'\n```\n```js\nidentity is here\n```\n",
    "CHANGELOG.md": "`identity gone`",
    "docs/cli.md":
      "## Flags of every command\n| `--help, -h` | |\n| `--json` | |\n| `--quiet, -q` | |\n| `--data-dir D` | |\n" +
      "## identity migrate\n| `--dry-run` | Try |\n"
  }]
}

const KINDS: ReadonlyArray<string> = ["Added", "Changed", "Fixed", "Security"]

/** A merge can easily duplicate an entry, or put it below another release. */
const changelog: Rule = {
  sentence: "The changelog sorts each release into Added, Changed, Fixed and Security, and says nothing twice",
  violations: (tree) => {
    const text = tree.get("CHANGELOG.md")?.text ?? ""
    const unsorted = text.split(/^## /m).slice(1).flatMap((release) => {
      const kinds = Array.from(release.matchAll(/^### (.+)$/gm), ([, kind = ""]) => kind)
      const sorted = KINDS.filter((kind) => kinds.includes(kind))
      return kinds.join() === sorted.join() ? [] : [`${release.split("\n")[0]}: ${kinds.join(", ")}`]
    })
    const entries = text.split("\n").filter((line) => line.startsWith("- "))
    return [...unsorted, ...entries.filter((line, index) => entries.indexOf(line) !== index)]
  },
  catches: [
    { "CHANGELOG.md": "## Unreleased\n### Fixed\n### Added\n" },
    { "CHANGELOG.md": "## Unreleased\n### Fixed\n### Fixed\n" },
    { "CHANGELOG.md": "## Unreleased\n### Removed\n" },
    { "CHANGELOG.md": "## 2\n### Added\n- A thing\n### Fixed\n- A thing\n" }
  ],
  permits: [{ "CHANGELOG.md": "## 2\n### Added\n- A\n### Security\n- B\n## 1\nThe first.\n- C\n" }]
}

export const documentRules: ReadonlyArray<Rule> = [links, files, settings, commands, changelog]
