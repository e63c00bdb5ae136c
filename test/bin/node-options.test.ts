import { assert, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import manifest from "../../package.json" with { type: "json" }

it("the image and npm start give Node the same options", () => {
  const dockerfile = readFileSync(new URL("../../Dockerfile", import.meta.url), "utf8")
  const [node, ...words]: ReadonlyArray<unknown> = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? "[]")
  const executable = words.pop()
  assert.deepStrictEqual([node, executable], ["node", "bin/identity.js"])
  assert.isNotEmpty(words)
  assert.strictEqual(manifest.scripts.start, `exec node ${words.join(" ")} bin/identity.ts serve`)
})
