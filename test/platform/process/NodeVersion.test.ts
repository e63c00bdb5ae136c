import { assert, describe, it } from "@effect/vitest"
import manifest from "../../../package.json" with { type: "json" }
import { OLDEST_NODE, unsupportedNode } from "../../../src/platform/process/NodeVersion.js"

describe("the oldest Node", () => {
  it("is the one that the package names", () => {
    assert.strictEqual(manifest.engines.node, `>=${OLDEST_NODE.join(".")}`)
  })

  it.each(["22.19.0", "22.20.1", "24.0.0", "26.10.0"])("is not newer than %s", (version) => {
    assert.isUndefined(unsupportedNode(version))
  })

  it.each(["20.20.2", "22.18.9", "8.0.0", "21.99.0"])("is newer than %s, which is told", (version) => {
    assert.strictEqual(unsupportedNode(version), `Node 22.19 or later is needed; this is ${version}.`)
  })
})
