import { assert, it } from "@effect/vitest"
import { hash } from "node:crypto"
import { makeSeenRows, rowDigest } from "../../src/domain/admin/SeenRows.ts"

it("an import remembers each of its rows, and whether another has the same content", () => {
  const seen = makeSeenRows()
  const rowOf = (index: number, content = "content") =>
    rowDigest(`name ${index}`, content, (text) => hash("sha256", text))
  const numbers = Array.from({ length: 30_000 }, (_, index) => index)
  for (const number of numbers) {
    assert.isUndefined(seen.find(rowOf(number)))
    seen.add(rowOf(number))
  }
  assert.isTrue(numbers.every((number) => seen.find(rowOf(number)) === "same"))
  assert.isTrue(numbers.every((number) => seen.find(rowOf(number, "another")) === "other"))
  assert.isUndefined(seen.find(rowOf(numbers.length)))
})
