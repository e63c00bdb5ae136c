/** A file is read in one sitting, a function on one screen, a comment without scrolling. */
import type { Rule } from "./Rule.ts"
import { functionBodies, ownLines } from "./SourceText.ts"
import { sourcesIn } from "./SourceTree.ts"

const FILE_LINES_MAX = 250
const FUNCTION_LINES_MAX = 70
const ARCHITECTURE_LINES_MAX = 200
const COMMENT_COLUMNS_MAX = 120

/** A suite is a list; what is long in it is its tables. */
const LIST_OF_TESTS = /\bdescribe(?:\.\w+)*\(/

const linesOf = (code: string) => code.split("\n").filter((line) => line.trim() !== "").length

const lines = (count: number, line = "call()") => `${line}\n`.repeat(count)

const files: Rule = {
  sentence: `No file has more than ${FILE_LINES_MAX} lines of code`,
  violations: (tree) =>
    sourcesIn(tree, "bin", "src", "test", "scripts", "examples").flatMap((file) => {
      const count = linesOf(file.code)
      return count > FILE_LINES_MAX ? [`${file.path} has ${count} lines`] : []
    }),
  catches: [{ "src/ports/A.ts": lines(251) }, { "test/a.test.ts": `const a = \`\n${lines(251, "text")}\`` }],
  permits: [{ "src/ports/A.ts": `${lines(250)}\n\n${lines(90, "// a comment")}/*\n${lines(90)}*/` }]
}

const functions: Rule = {
  sentence: `No function has more than ${FUNCTION_LINES_MAX} lines of its own`,
  violations: (tree) =>
    sourcesIn(tree, "bin", "src", "test", "scripts", "examples", "clients").flatMap((file) => {
      const bodies = functionBodies(file.code)
      return bodies.flatMap((body) => {
        const count = ownLines(file.code, body, bodies)
        const before = file.code.slice(0, body.start).split("\n")
        const line = before.length
        return count > FUNCTION_LINES_MAX && !LIST_OF_TESTS.test(before.at(-1) ?? "")
          ? [`${file.path}:${line} has ${count} lines`]
          : []
      })
    }),
  catches: [
    { "src/ports/A.ts": `const f = () => {\n${lines(70)}}` },
    { "src/ports/A.ts": `function f<A>(a: A): Array<A> {\n${lines(70)}}` },
    { "src/ports/A.ts": `const f = Effect.fn("f")(function*(a = ")") {\n${lines(70)}})` },
    { "src/ports/A.ts": `class A {\n  f(a: A) {\n${lines(70)}  }\n}` },
    { "src/ports/A.ts": `const f = () => {\n  if (a) {\n${lines(70)}  }\n}` }
  ],
  permits: [
    { "src/ports/A.ts": `const f = () => {\n${lines(68)}\n// }\n\n}` },
    { "src/ports/A.ts": `const f = Effect.gen(function*() {\n${`const g = () => {\n${lines(60)}}\n`.repeat(3)}})` },
    { "src/ports/A.ts": `if (a) {\n${lines(100)}}` },
    { "test/a.test.ts": `describe("a", () => {\n  it.each([\n${lines(100)}])\n})` }
  ]
}

const architecture: Rule = {
  sentence: `ARCHITECTURE.md has at most ${ARCHITECTURE_LINES_MAX} lines`,
  violations: (tree) => {
    const count = (tree.get("ARCHITECTURE.md")?.text ?? "").split("\n").length - 1
    return count > ARCHITECTURE_LINES_MAX ? [`${count} lines`] : []
  },
  catches: [{ "ARCHITECTURE.md": lines(201) }],
  permits: [{ "ARCHITECTURE.md": lines(200) }]
}

/** One word that is too long by itself, such as an address, can't be wrapped; neither can an order to a checker. */
const UNBREAKABLE = /^\s*(?:\*|\/\/) \S+$|(?:oxlint-disable|@effect-diagnostics)/

const comments: Rule = {
  sentence: `Comments wrap at ${COMMENT_COLUMNS_MAX} columns`,
  violations: (tree) =>
    sourcesIn(tree, "bin", "src", "test", "scripts", "examples", "clients").flatMap((file) => {
      const code = file.code.split("\n")
      return file.text.split("\n").flatMap((line, index) => {
        const endsInComment = (code[index] ?? "").trimEnd().length < line.length
        return line.length > COMMENT_COLUMNS_MAX && endsInComment && !UNBREAKABLE.test(line)
          ? [`${file.path}:${index + 1} has ${line.length} columns`]
          : []
      })
    }),
  catches: [
    { "src/ports/A.ts": `// ${"a ".repeat(59)}` },
    { "src/ports/A.ts": `/** ${"a ".repeat(58)}*/` },
    { "bin/a.ts": `/**\n * ${"a ".repeat(59)}\n */` },
    { "test/a.test.ts": `const a = 1 // ${"a ".repeat(53)}` }
  ],
  permits: [
    { "src/ports/A.ts": `// ${"a".repeat(117)}\n/**\n * https://example.com/${"a".repeat(200)}\n */` },
    { "src/ports/A.ts": `const a = "// ${"a ".repeat(200)}"` }
  ]
}

export const sizeRules: ReadonlyArray<Rule> = [files, functions, comments, architecture]
