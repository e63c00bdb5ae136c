/** Idioms that neither the compiler nor the linters check. */
import type { Rule } from "./Rule.ts"
import { endOfBrackets } from "./SourceText.ts"
import type { SourceFile, SourceTree } from "./SourceTree.ts"
import { sourcesIn } from "./SourceTree.ts"

const lineAt = (text: string, position: number): number => text.slice(0, position).split("\n").length

const placesOf = (file: SourceFile, form: RegExp): ReadonlyArray<string> =>
  Array.from(file.code.matchAll(form), (match) => `${file.path}:${lineAt(file.code, match.index)} ${match[0].trim()}`)

const nowhereIn = (folders: ReadonlyArray<string>, form: RegExp) => (tree: SourceTree): ReadonlyArray<string> =>
  sourcesIn(tree, ...folders).flatMap((file) => placesOf(file, form))

const effectFn: Rule = {
  sentence: "A function that only returns an Effect.gen is an Effect.fn",
  violations: nowhereIn(["src"], /(?:=>\s*|\breturn\s+)Effect\.gen\(/g),
  catches: [
    { "src/ports/A.ts": "const f = (a: A) => Effect.gen(function*() {})" },
    { "src/ports/A.ts": "const f = (a: A) =>\n  Effect.gen(function*() {}).pipe(Effect.asVoid)" },
    { "src/ports/A.ts": "function f() {\n  return Effect.gen(function*() {})\n}" }
  ],
  permits: [
    { "src/ports/A.ts": "const f = Effect.gen(function*() {})\nconst g = Effect.fnUntraced(function*(a) {})" },
    { "src/ports/A.ts": "const f = Layer.effect(A, Effect.gen(function*() {}))" }
  ]
}

const ambient: Rule = {
  sentence: "Time, chance and the environment come through Effect",
  violations: nowhereIn(
    ["src", "bin"],
    /\bprocess\.env\b(?!\[[^\]]*\] = )|\bDate\.now\(|\bnew Date\(|\bMath\.random\(|\brandomUUID\(|\bperformance\.now\(/g
  ),
  catches: [
    { "src/ports/A.ts": "const a = process.env.A" },
    { "bin/a.ts": "const a = process.env[\"A\"]" },
    { "bin/a.ts": "const a = Date.now()" },
    { "src/ports/A.ts": "const a = new Date(0)" },
    { "src/ports/A.ts": "const a = Math.random()" },
    { "src/ports/A.ts": "const a = crypto.randomUUID()" }
  ],
  permits: [
    { "src/ports/A.ts": "// new Date() is not for us\nconst now = yield* DateTime.now\nconst a = 'process.env'" },
    { "test/a.test.ts": "const a = process.env.A" },
    { "bin/a.ts": "process.env[\"A\"] = \"6\"" }
  ]
}

/** Where Node's callbacks become fibers; the file says why none of Effect's own ways will do. */
const BRIDGE = "src/adapters/http/exchange/RequestFibers.ts"

const runs: Rule = {
  sentence: "Only bin, and the bridge to Node's requests, run an Effect",
  violations: (tree) =>
    nowhereIn(["src"], /\b(?:Effect|Runtime|ManagedRuntime|NodeRuntime)\.run[A-Z]\w*/g)(tree)
      .filter((place) => !place.startsWith(BRIDGE)),
  catches: [
    { "src/adapters/http/A.ts": "Effect.runPromise(program)" },
    { "src/adapters/http/A.ts": "NodeRuntime.runMain(program)" }
  ],
  permits: [
    { "bin/a.ts": "NodeRuntime.runMain(program)", "src/adapters/http/A.ts": "run(program)" },
    { [BRIDGE]: "Effect.runForkWith(context)" }
  ]
}

const focus: Rule = {
  sentence: "No test is skipped, focused or still to be written",
  violations: nowhereIn(["test"], /\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:skip|only|todo|fails)\b/g),
  catches: [{ "test/a.test.ts": "it.effect.only()" }, { "test/a.test.ts": "describe.skip()" }],
  permits: [{ "test/a.test.ts": "it.effect('only')\nlist.skip(1)" }]
}

const expectations: Rule = {
  sentence: "Tests assert; only file snapshots expect",
  violations: (tree) =>
    sourcesIn(tree, "test").flatMap((file) =>
      Array.from(file.code.matchAll(/\bexpect\(/g)).flatMap((match) => {
        const behind = endOfBrackets(file.code, match.index + match[0].length - 1)
        return /^\s*\.toMatchFileSnapshot\(/.test(file.code.slice(behind, behind + 60))
          ? []
          : [`${file.path}:${lineAt(file.code, match.index)}`]
      })
    ),
  catches: [{ "test/a.test.ts": "expect(a).toBe(1)" }, { "test/a.test.ts": "await expect(f()).rejects.toThrow()" }],
  permits: [{ "test/a.test.ts": "await expect(text(1)).toMatchFileSnapshot(\"golden/a.http\")\nassert.isTrue(a)" }]
}

const snapshots: Rule = {
  sentence: "A file snapshot is taken in the test's own file, where `npm run update` looks for it",
  violations: (tree) =>
    sourcesIn(tree, "test").flatMap((file) =>
      file.path.endsWith(".test.ts") ? [] : placesOf(file, /\.toMatchFileSnapshot\(/g)
    ),
  catches: [{ "test/support/golden.ts": "expect(text).toMatchFileSnapshot(path)" }],
  permits: [{ "test/adapters/http/a.test.ts": "expect(text).toMatchFileSnapshot(path)" }]
}

const SUPPRESSION = /\b(?:oxlint|eslint)-disable|@ts-(?:ignore|expect-error|nocheck)|@effect-diagnostics/

/** In two pieces, because the checker would take the whole one here for a directive to itself. */
const EFFECT_DIRECTIVE = ["@effect", "diagnostics-next-line"].join("-")

const suppressions: Rule = {
  sentence: "What silences a check says why",
  violations: (tree) =>
    sourcesIn(tree, "bin", "src", "test", "scripts", "examples").flatMap((file) => {
      const code = file.code.split("\n")
      const lines = file.text.split("\n")
      return lines.flatMap((line, index) => {
        const isComment = (at: number) => code[at]?.trim() === "" && lines[at]?.trim() !== ""
        if (!isComment(index) || !SUPPRESSION.test(line)) return []
        return / -- \w/.test(line) || isComment(index - 1) ? [] : [`${file.path}:${index + 1} ${line.trim()}`]
      })
    }),
  catches: [
    { "src/ports/A.ts": "// @ts-expect-error\nconst a: string = 1" },
    { "src/ports/A.ts": "const b = 1\n// oxlint-disable-next-line no-console\nconsole.log(1)" },
    { "src/ports/A.ts": `// ${EFFECT_DIRECTIVE} lazyEffect:off\nconst a = 1` }
  ],
  permits: [
    { "src/ports/A.ts": "// oxlint-disable-next-line no-console -- the launcher has no logger yet\nconsole.log(1)" },
    { "src/ports/A.ts": `// The caller decides when.\n// ${EFFECT_DIRECTIVE} lazyEffect:off\nconst a = 1` }
  ]
}

const ownSettings: Rule = {
  sentence: "A test that loads the configuration says all its settings, so that no .env of a clone counts",
  violations: (tree) =>
    sourcesIn(tree, "test").flatMap((file) =>
      /\bonlyVariables\(/.test(file.code) ? [] : placesOf(file, /\bloadConfiguration\(|\bSources\.ofProcess\(/g)
    ),
  catches: [
    { "test/bin/a.test.ts": "loadConfiguration([]).pipe(Effect.provide(ConfigProvider.layer(provider)))" },
    { "test/bin/a.test.ts": "Sources.ofProcess([])" }
  ],
  permits: [{ "test/bin/a.test.ts": "loadConfiguration([]).pipe(Effect.provide(onlyVariables({})))" }]
}

export const idiomRules: ReadonlyArray<Rule> = [
  effectFn,
  ambient,
  runs,
  focus,
  expectations,
  snapshots,
  suppressions,
  ownSettings
]
