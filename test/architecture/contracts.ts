/** A port is a type plus the suite that proves it. Every adapter of the port runs the suite. */
import { posix } from "node:path"
import type { Rule } from "./Rule.ts"
import type { SourceFile, SourceTree } from "./SourceTree.ts"
import { sourcesIn } from "./SourceTree.ts"

const nameOf = (file: SourceFile): string => posix.basename(file.path, ".ts")

/** The adapters of a port carry its name behind the one of their technology. */
const adaptersOf = (tree: SourceTree, port: string): ReadonlyArray<SourceFile> =>
  sourcesIn(tree, "src/adapters").filter((file) => nameOf(file).endsWith(port) && nameOf(file) !== port)

/** What a test file imports, by itself or through others. */
const reachableFrom = (tree: SourceTree, test: SourceFile): ReadonlySet<string> => {
  const reached = new Set<string>()
  const visit = (file: SourceFile): void => {
    for (const { path } of file.imports) {
      if (path === undefined || reached.has(path)) continue
      reached.add(path)
      const next = tree.get(path)
      if (next !== undefined) visit(next)
    }
  }
  visit(test)
  return reached
}

const contractOf = (port: string) => `test/contracts/${port}Contract.ts`

const runs = (file: SourceFile, port: string): boolean =>
  file.code.includes(`${port.charAt(0).toLowerCase()}${port.slice(1)}Contract(`)

/** A contract may consist of others: that of all stores together does. */
const provesIt = (tree: SourceTree, port: string, adapter: SourceFile): boolean =>
  sourcesIn(tree, "test/adapters").some((test) => {
    if (!test.path.endsWith(".test.ts")) return false
    const reached = reachableFrom(tree, test)
    const whole = tree.get(contractOf("Stores"))
    const isRun = runs(test, port) || (whole !== undefined && runs(test, "Stores") && runs(whole, port))
    return isRun && reached.has(contractOf(port)) && reached.has(adapter.path)
  })

const contracts: Rule = {
  sentence: "Every adapter of a port runs that port's contract",
  violations: (tree) =>
    sourcesIn(tree, "src/ports").flatMap((file) => {
      const port = nameOf(file)
      const adapters = adaptersOf(tree, port)
      if (adapters.length > 0 && !tree.has(contractOf(port))) return [`${port} has no ${contractOf(port)}`]
      return adapters.filter((adapter) => !provesIt(tree, port, adapter)).map((adapter) =>
        `${adapter.path} is not held to ${contractOf(port)}`
      )
    }),
  catches: [
    { "src/ports/Mailer.ts": "", "src/adapters/mail/SmtpMailer.ts": "" },
    { "src/ports/Mailer.ts": "", "src/adapters/mail/SmtpMailer.ts": "", "test/contracts/MailerContract.ts": "" },
    {
      "src/ports/Mailer.ts": "",
      "src/adapters/mail/SmtpMailer.ts": "",
      "test/contracts/MailerContract.ts": "",
      "test/adapters/mail/SmtpMailer.test.ts": `import "../../contracts/MailerContract.ts"\nmailerContract()`
    },
    {
      "src/ports/Mailer.ts": "",
      "src/adapters/mail/SmtpMailer.ts": "",
      "test/contracts/MailerContract.ts": "",
      "test/adapters/mail/SmtpMailer.test.ts":
        `import "../../contracts/MailerContract.ts"\nimport "../../../src/adapters/mail/SmtpMailer.ts"`
    },
    {
      "src/ports/Leases.ts": "",
      "src/adapters/memory/MemoryLeases.ts": "",
      "test/contracts/LeasesContract.ts": "",
      "test/contracts/StoresContract.ts": `import "./LeasesContract.ts"`,
      "test/adapters/memory/MemoryLeases.test.ts":
        `import "../../contracts/StoresContract.ts"\nimport "../../../src/adapters/memory/MemoryLeases.ts"\nstoresContract()`
    }
  ],
  permits: [
    {
      "src/ports/Mailer.ts": "",
      "src/adapters/mail/SmtpMailer.ts": "",
      "test/contracts/MailerContract.ts": "",
      "test/support/mail.ts": `import "../../src/adapters/mail/SmtpMailer.ts"`,
      "test/adapters/mail/SmtpMailer.test.ts":
        `import "../../support/mail.ts"\nimport { mailerContract } from "../../contracts/MailerContract.ts"\nmailerContract("smtp", layer)`
    },
    {
      "src/ports/Leases.ts": "",
      "src/adapters/memory/MemoryLeases.ts": "",
      "src/adapters/memory/MemoryStores.ts": `import "./MemoryLeases.ts"`,
      "test/contracts/LeasesContract.ts": "",
      "test/contracts/StoresContract.ts":
        `import { leasesContract } from "./LeasesContract.ts"\nleasesContract(name, stores)`,
      "test/adapters/memory/MemoryStores.test.ts":
        `import "../../contracts/StoresContract.ts"\nimport "../../../src/adapters/memory/MemoryStores.ts"\nstoresContract()`
    },
    { "src/ports/Clock.ts": "" }
  ]
}

/** The files of a folder whose names begin with a number, and what is wrong with the numbers. */
const misnumbered = (tree: SourceTree, folder: RegExp): ReadonlyArray<string> => {
  const numbered = [...tree.keys()].filter((path) => folder.test(path) && /\/\d{4}[_-][^/]*$/.test(path)).toSorted()
  return numbered.flatMap((path, index) =>
    Number(posix.basename(path).slice(0, 4)) === index + 1 ? [] : [`${path} should be number ${index + 1}`]
  )
}

const migrations: Rule = {
  sentence: "Migrations are numbered without gaps",
  violations: (tree) => misnumbered(tree, /^src\/adapters\/[^/]+\/migrations\/[^/]+\.ts$/),
  catches: [
    { "src/adapters/postgres/migrations/0002_a.ts": "" },
    { "src/adapters/postgres/migrations/0001_a.ts": "", "src/adapters/postgres/migrations/0001_b.ts": "" },
    { "src/adapters/postgres/migrations/0001_a.ts": "", "src/adapters/postgres/migrations/0003_b.ts": "" }
  ],
  permits: [{ "src/adapters/postgres/migrations/0001_a.ts": "", "src/adapters/postgres/migrations/0002_b.ts": "" }]
}

const decisions: Rule = {
  sentence: "Decision records are numbered without gaps",
  violations: (tree) => misnumbered(tree, /^docs\/adr\/[^/]+\.md$/),
  catches: [{ "docs/adr/0001-a.md": "", "docs/adr/0003-b.md": "" }],
  permits: [{ "docs/adr/0001-a.md": "", "docs/adr/0002-b.md": "" }]
}

const replacements: Rule = {
  sentence: "A test that replaces a module has its process to itself",
  violations: (tree) => {
    const exceptions = tree.get("vitest.config.ts")?.text ?? ""
    return sourcesIn(tree, "test").filter(({ code }) => /\bvi\.(?:m|doM)ock\(/.test(code)).flatMap((file) =>
      new RegExp(`[(|]${posix.basename(file.path, ".test.ts")}[)|]`).test(exceptions)
        ? []
        : [`${file.path} is not excepted in vitest.config.ts`]
    )
  },
  catches: [
    { "test/a.test.ts": "vi.mock(\"b\", replacement)" },
    { "test/a.test.ts": "vi.doMock(\"b\", replacement)", "vitest.config.ts": "const SHARED = [\"test/!(ab).test.ts\"]" }
  ],
  permits: [
    { "test/a.test.ts": "vi.mock(\"b\", replacement)", "vitest.config.ts": "const SHARED = [\"test/!(a).test.ts\"]" },
    { "test/a.test.ts": "vi.spyOn(console, \"log\")" }
  ]
}

export const contractRules: ReadonlyArray<Rule> = [contracts, migrations, decisions, replacements]
