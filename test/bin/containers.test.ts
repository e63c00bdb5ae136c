import { assert, it } from "@effect/vitest"
import { readFileSync } from "node:fs"

const compose = readFileSync(new URL("../../compose.yaml", import.meta.url), "utf8")

/** The lines below a key, as far as they are indented more. */
const blockOf = (key: string) => new RegExp(`^( *)${key}:.*\\n((?:\\1 +.*\\n|\\n)*)`, "m").exec(compose)?.[2] ?? ""

it("containers of the image have an init that reaps processes whose parents were killed", () => {
  assert.match(blockOf("x-identity"), /^  init: true$/m)
  for (const service of ["migrate", "server"]) assert.match(blockOf(service), /^    <<: \*identity$/m, service)
})
