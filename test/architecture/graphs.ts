/** Imports as a graph: it has no circles, and what applications are shown stays outside of it. */
import type { Rule } from "./Rule.ts"
import { sourcesIn } from "./SourceTree.ts"
import type { SourceTree } from "./SourceTree.ts"

/** The first circle of imports that a file begins, as the files that it goes through. */
const findCircle = (tree: SourceTree, trail: ReadonlyArray<string>, done: Set<string>): ReadonlyArray<string> => {
  const path = trail.at(-1) ?? ""
  for (const { path: next } of tree.get(path)?.imports ?? []) {
    if (next === undefined || done.has(next)) continue
    const circle = trail.includes(next)
      ? [...trail.slice(trail.indexOf(next)), next]
      : findCircle(tree, [...trail, next], done)
    if (circle.length > 0) return circle
  }
  done.add(path)
  return []
}

const acyclic: Rule = {
  sentence: "No file imports itself by way of others",
  violations: (tree) => {
    const done = new Set<string>()
    return sourcesIn(tree, "src", "bin", "scripts", "clients", "examples").flatMap(({ path }) => {
      const circle = done.has(path) ? [] : findCircle(tree, [path], done)
      return circle.length === 0 ? [] : [circle.join(" imports ")]
    })
  },
  catches: [
    { "src/ports/A.ts": `import { A } from "./A.ts"` },
    { "bin/a.ts": `import { b } from "./b.ts"`, "bin/b.ts": `import type { a } from "./a.ts"` },
    {
      "src/ports/A.ts": `import "./B.ts"`,
      "src/ports/B.ts": `import "./C.ts"`,
      "src/ports/C.ts": `import "./B.ts"`
    }
  ],
  permits: [{
    "src/ports/A.ts": `import "./B.ts"\nimport "./C.ts"`,
    "src/ports/B.ts": `import "./C.ts"`,
    "src/ports/C.ts": ""
  }]
}

/** What applications have: packages by name, and their own files. The client has not even packages. */
const published: Rule = {
  sentence: "Clients and examples import nothing of ours by its place",
  violations: (tree) =>
    sourcesIn(tree, "clients", "examples").flatMap((file) => {
      const [home = ""] = /^(?:clients\/[^/]+|examples)\//.exec(file.path) ?? []
      return file.imports.flatMap(({ path, specifier }) =>
        path === undefined ? home === "examples/" ? [] : [specifier ?? ""] : path.startsWith(home) ? [] : [path]
      ).map((imported) => `${file.path} imports ${imported}`)
    }),
  catches: [
    { "examples/a.ts": `import { B } from "../src/ports/B.ts"`, "src/ports/B.ts": "" },
    { "clients/typescript/src/a.ts": `import { b } from "../../../bin/b.ts"`, "bin/b.ts": "" },
    { "clients/typescript/src/a.ts": `import { Effect } from "effect"` }
  ],
  permits: [
    { "examples/a.ts": `import { Core } from "identityd"\nimport { b } from "./b.ts"`, "examples/b.ts": "" },
    { "clients/typescript/src/a.ts": `import { b } from "./b.ts"`, "clients/typescript/src/b.ts": "" }
  ]
}

export const graphRules: ReadonlyArray<Rule> = [acyclic, published]
