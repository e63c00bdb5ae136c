import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { mostSimilar } from "../../src/kernel/SimilarNames.ts"

const slips = ["PORT", "PRT", "ORT", "POR", "PORTS", "SPORT", "PORTAL", "XYPORT", "PART", "TORP", "PROT"]

const strangers = ["", "T", "P", "PO", "RT", "PTX", "PORTALS", "XYZPORT", "TROP", "PAWS", "COLOUR", "port"]

describe("of PORT", () => {
  it.each(slips)("%s is a slip: two letters at most are missing, surplus or others, and half of it at most", (name) => {
    assert.deepStrictEqual(mostSimilar(name, ["PORT"]), Option.some("PORT"))
  })

  it.each(strangers)("%j is none", (name) => {
    assert.deepStrictEqual(mostSimilar(name, ["PORT"]), Option.none())
  })
})

describe("a slip", () => {
  it.each([["PORTS", "PORT"], ["HOSTS", "HOST"], ["POS", "POST"]])(
    "%s is of the name that differs least, %s, wherever that stands",
    (name, meant) => {
      const known = ["HOST", "POST", "PORT"]
      assert.deepStrictEqual(mostSimilar(name, known), Option.some(meant))
      assert.deepStrictEqual(mostSimilar(name, known.toReversed()), Option.some(meant))
    }
  )

  it("is of nothing where nothing is known", () => {
    assert.deepStrictEqual(mostSimilar("PORT", []), Option.none())
  })
})
