/**
 * The rules that a compiler doesn't check: the direction of dependencies, the size of files, names. Each rule also
 * proves on made-up files that it catches what it forbids and nothing else.
 */
import { assert, describe, it } from "@effect/vitest"
import { fileURLToPath } from "node:url"
import { contractRules } from "./architecture/contracts.ts"
import { dependencyRules } from "./architecture/dependencies.ts"
import { documentRules } from "./architecture/documents.ts"
import { graphRules } from "./architecture/graphs.ts"
import { idiomRules } from "./architecture/idioms.ts"
import { namingRules } from "./architecture/names.ts"
import { repositoryRules } from "./architecture/repository.ts"
import { sizeRules } from "./architecture/sizes.ts"
import { projectTree, sourceTree } from "./architecture/SourceTree.ts"
import { statementRules } from "./architecture/statements.ts"

const project = projectTree(fileURLToPath(new URL("..", import.meta.url)))

const rules = [
  ...dependencyRules,
  ...graphRules,
  ...sizeRules,
  ...namingRules,
  ...idiomRules,
  ...contractRules,
  ...statementRules,
  ...repositoryRules,
  ...documentRules
]

describe.each(rules)("$sentence", (rule) => {
  it("holds for the project", () => {
    assert.deepStrictEqual(rule.violations(project), [])
  })

  it.each(rule.catches.map((files) => [Object.keys(files).join(", "), files] as const))(
    "is seen broken by %s",
    (_, files) => {
      assert.isNotEmpty(rule.violations(sourceTree(files)))
    }
  )

  it.each(rule.permits.map((files) => [Object.keys(files).join(", "), files] as const))(
    "is not seen broken by %s",
    (_, files) => {
      assert.deepStrictEqual(rule.violations(sourceTree(files)), [])
    }
  )
})
