/** compose.yaml with all of its profiles, judged by the schema of the Compose specification. */
import { assert, describe, it } from "@effect/vitest"
import { parse } from "yaml"
import { complaints, read, schemasAreAbsent } from "./Deployed.ts"

const compose = read("compose.yaml")
const complaintsOf = (text: string) => complaints({ compose: parse(text, { merge: true }) })

describe.skipIf(schemasAreAbsent)("the schema of Compose", () => {
  it("has nothing against compose.yaml", () => {
    assert.deepStrictEqual(complaintsOf(compose), [])
  })

  it("would be against a slip of the pen", () => {
    assert.deepStrictEqual(complaintsOf(compose.replace("stop_grace_period: 30s", "stop_grace: 30s")), [
      "/services/server must NOT have additional properties"
    ])
  })
})
