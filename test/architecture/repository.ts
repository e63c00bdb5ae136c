/** Texts that no file may contain, whatever its language. */
import { Array as Arr, Option, Schema } from "effect"
import type { Rule } from "./Rule.ts"
import type { SourceFile, SourceTree } from "./SourceTree.ts"

/** The planted mistakes of these very rules are no mistakes. */
const filesOf = (tree: SourceTree): ReadonlyArray<SourceFile> =>
  [...tree.values()].filter((file) => !file.path.startsWith("test/architecture/"))

const linesWith = (tree: SourceTree, form: RegExp): ReadonlyArray<string> =>
  filesOf(tree).flatMap((file) =>
    file.text.split("\n").flatMap((line, index) => form.test(line) ? [`${file.path}:${index + 1} ${line.trim()}`] : [])
  )

const todos: Rule = {
  sentence: "What is still to be done names its issue",
  violations: (tree) => linesWith(tree, /\b(?:TODO|FIXME)\b(?!\(#\d+\): \S)/),
  catches: [
    { "src/ports/A.ts": "// TODO: later" },
    { "README.md": "FIXME" },
    { "src/ports/A.ts": "// TODO(me): later" }
  ],
  permits: [{ "src/ports/A.ts": "// TODO(#12): drop the column once no release reads it." }]
}

/** `/home/a` and its like are made up; anybody else's home is a real one. */
const MACHINE_PATH =
  /(?:^|[\s"'`(=:])\/(?:home\/(?!(?:a|ada|identity|node)\b)|Users\/|root\/|work\/|mnt\/)[\w.-]|\b[A-Z]:\\Users\\/
const REGISTRY_SETTING = /^\s*(?:\S+:)?registry\s*=/

const machines: Rule = {
  sentence: "No file knows the machine it was written on",
  violations: (tree) => [...linesWith(tree, MACHINE_PATH), ...linesWith(tree, REGISTRY_SETTING)],
  catches: [
    { "README.md": "cd /home/somebody/identity" },
    { "docs/a.md": "`/Users/somebody/identity`" },
    { "src/ports/A.ts": "const path = \"/root/identity\"" },
    { ".npmrc": "registry=https://registry.example.com/" }
  ],
  permits: [{
    "README.md": "See https://example.com/home/page and `/var/lib/identity`; GET /accounts/me",
    "test/a.test.ts": "const home = \"/home/a/.local\""
  }]
}

/** npm's `identity` and `identity-client` are somebody else's; ours are `identityd` and `identityd-client`. */
const STRANGERS_PACKAGE = new RegExp(
  [
    String.raw`\b(?:npx|bunx|npm (?:exec|x|i|install|add)|(?:pnpm|yarn) (?:dlx|add))` +
    String.raw`\s+(?:-\S+\s+)*identity(?:-client)?(?![\w-])`,
    String.raw`\b(?:from|import\(?)\s*["']identity(?:-client)?(?:["']|/)`,
    String.raw`^\s*"name": "identity(?:-client)?",`
  ].join("|")
)

const strangers: Rule = {
  sentence: "Nobody is sent to a stranger's package",
  violations: (tree) => linesWith(tree, STRANGERS_PACKAGE),
  catches: [
    { "README.md": "npx identity migrate" },
    { "compose.yaml": "# $(npx --yes identity generate-signing-key)" },
    { "docs/a.md": "npm install identity" },
    { "docs/a.md": "npm install --save identity-client" },
    { "examples/a.ts": "import { Core } from \"identity\"" },
    { "README.md": "import * as Http from \"identity/http/HttpServer\"" },
    { "docs/a.md": "import { guard } from \"identity-client/express\"" },
    { "package.json": "  \"name\": \"identity\"," },
    { "clients/a/package.json": "  \"name\": \"identity-client\"," }
  ],
  permits: [{
    "README.md": "npm install identityd\nnpm install ../identity/identityd-client-*.tgz\nidentity migrate",
    "src/ports/A.ts": "export class A extends Context.Service<A, {}>()(\"identityd/ports/A\") {}"
  }]
}

/** What stands in a block of commands. */
const commandLines = (text: string): ReadonlyArray<string> =>
  Array.from(text.matchAll(/^```sh\n([\s\S]*?)^```/gm), ([, block = ""]) => block.split("\n")).flat()

const clones: Rule = {
  sentence: "What people type in a clone works in a clone",
  violations: (tree) =>
    ["README.md", "CONTRIBUTING.md"].flatMap((path) =>
      commandLines(tree.get(path)?.text ?? "").filter((line) => /(?:^|\$\()identity /.test(line)).map((line) =>
        `${path}: ${line}`
      )
    ),
  catches: [
    { "README.md": "```sh\nidentity migrate\n```\n" },
    { "CONTRIBUTING.md": "```sh\nKEYS=$(identity generate-signing-key)\n```\n" }
  ],
  permits: [{
    "README.md": "`identity migrate` is a command:\n```sh\n./identity migrate\ncd identity && npm ci\n```\n"
  }]
}

const Lock = Schema.fromJsonString(Schema.Struct({
  packages: Schema.Record(
    Schema.String,
    Schema.Struct({
      resolved: Schema.optional(Schema.String),
      integrity: Schema.optional(Schema.String),
      link: Schema.optional(Schema.Boolean),
      optionalDependencies: Schema.optional(Schema.Record(Schema.String, Schema.String))
    })
  )
}))

type LockedPackages = typeof Lock.Type["packages"]

/** What every lock file holds: the project's, and those of the programs that benchmarks compare it with. */
const lockedPackages = (tree: SourceTree): ReadonlyArray<LockedPackages> =>
  [...tree.values()].filter(({ path }) => /(?:^|\/)package-lock\.json$/.test(path)).flatMap(({ text }) =>
    Option.match(Schema.decodeOption(Lock)(text), { onNone: () => [], onSome: (lock) => [lock.packages] })
  )

const lockHosts: Rule = {
  sentence: "No lock file names a registry",
  violations: (tree) =>
    lockedPackages(tree).flatMap(Object.entries<LockedPackages[string]>).flatMap(([path, { link, resolved }]) =>
      resolved === undefined || link === true ? [] : [`${path} comes from ${resolved}`]
    ),
  catches: ["package-lock.json", "test/bench/peers/raw/package-lock.json"].map((path) => ({
    [path]: `{"packages":{"node_modules/a":{"resolved":"https://registry.example.com/a-1.0.0.tgz"}}}`
  })),
  permits: [{ "package-lock.json": `{"packages":{"node_modules/a":{"version":"1.0.0"}}}` }]
}

const lockDigests: Rule = {
  sentence: "A lock file has the digest of every package",
  violations: (tree) =>
    lockedPackages(tree).flatMap(Object.entries<LockedPackages[string]>).flatMap(([path, { integrity = "", link }]) =>
      !path.includes("node_modules/") || link === true || /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity)
        ? []
        : [`${path} may be anything`]
    ),
  catches: [
    ...["package-lock.json", "test/bench/peers/raw/package-lock.json"].map((path) => ({
      [path]: `{"packages":{"":{},"node_modules/a":{"version":"1.0.0"}}}`
    })),
    { "package-lock.json": `{"packages":{"node_modules/a":{"integrity":"sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="}}}` }
  ],
  permits: [{
    "package-lock.json": `{"packages":{"":{},"node_modules/a":{"integrity":"sha512-${
      "a".repeat(86)
    }=="},"node_modules/b":{"link":true}}}`
  }]
}

const isLocked = (packages: LockedPackages, dependent: string, name: string): boolean =>
  [`${dependent}/node_modules/${name}`, `node_modules/${name}`].some((path) => packages[path] !== undefined)

/**
 * `npm ci` refuses a lock that leaves out the packages of other platforms, as `npm install` writes it whenever a
 * registry does not have one of them.
 */
const lockPlatforms: Rule = {
  sentence: "A lock file has the packages of every platform",
  violations: (tree) =>
    lockedPackages(tree).flatMap((packages) =>
      Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
        Arr.filter(Object.keys(optionalDependencies), (name) => !isLocked(packages, path, name)).map((name) =>
          `${path} lacks ${name}`
        )
      )
    ),
  catches: [{ "package-lock.json": `{"packages":{"node_modules/a":{"optionalDependencies":{"a-linux":"1.0.0"}}}}` }],
  permits: [{
    "package-lock.json":
      `{"packages":{"node_modules/a":{"optionalDependencies":{"a-linux":"1.0.0"}},"node_modules/a-linux":{}}}`
  }]
}

const mutated: Rule = {
  sentence: "A module that is to be mutated is there",
  violations: (tree) =>
    Array.from((tree.get("stryker.config.ts")?.text ?? "").matchAll(/"(src\/[^"]+)"/g), ([, path = ""]) => path)
      .filter((path) => !tree.has(path)),
  catches: [
    { "stryker.config.ts": "const mutate = [\"src/ports/A.ts\"]" },
    { "stryker.config.ts": "const mutate = [\"src/ports/{A,B}.ts\"]", "src/ports/A.ts": "" }
  ],
  permits: [{ "stryker.config.ts": "const mutate = [\"src/ports/A.ts\"]", "src/ports/A.ts": "" }]
}

export const repositoryRules: ReadonlyArray<Rule> = [
  todos,
  machines,
  strangers,
  clones,
  lockHosts,
  lockDigests,
  lockPlatforms,
  mutated
]
