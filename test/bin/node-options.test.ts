import { assert, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import manifest from "../../package.json" with { type: "json" }

it("the image, ./identity and npm start give Node the same options", () => {
  const dockerfile = readFileSync(new URL("../../Dockerfile", import.meta.url), "utf8")
  const [node, ...words]: ReadonlyArray<unknown> = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? "[]")
  const executable = words.pop()
  assert.deepStrictEqual([node, executable], ["node", "bin/identity.js"])
  assert.isNotEmpty(words)
  const script = readFileSync(new URL("../../identity", import.meta.url), "utf8")
  assert.include(script, `exec "$node" ${words.join(" ")} "$here/bin/identity.js" "$@"`)
  assert.strictEqual(manifest.scripts.start, "exec ./identity serve")
})
