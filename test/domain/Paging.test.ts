import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import * as HmacTokenSigner from "../../src/adapters/crypto/HmacTokenSigner.ts"
import type { PageRequest } from "../../src/domain/model/Page.ts"
import { loadPage } from "../../src/domain/paging/Paging.ts"
import type { PagedList } from "../../src/domain/paging/Paging.ts"
import { TokenSigner } from "../../src/ports/TokenSigner.ts"
import { OLD_KEY } from "../support/signing-keys.ts"

const NUMBERS = [10, 20, 30, 40, 50]

/** A list of numbers, which notes how many were asked for. */
const numbers = (asked: Array<number> = [], name = "numbers") => ({
  name,
  position: Schema.NumberFromString.check(Schema.isInt()),
  load: (limit: number, after: Option.Option<number>) =>
    Effect.sync(() => {
      asked.push(limit)
      const rest = NUMBERS.filter((item) => Option.isNone(after) || item > after.value)
      const items = rest.slice(0, limit)
      return { items, next: rest.length > limit ? Option.fromUndefinedOr(items.at(-1)) : Option.none() }
    })
})

/** Of a list of numbers only every third; each step reads four. */
const rare = {
  name: "rare",
  position: Schema.FiniteFromString,
  load: (limit: number, after: Option.Option<number>) =>
    Effect.sync(() => {
      const from = Option.getOrElse(after, () => 0)
      const read = Array.from({ length: Math.min(4, 20 - from) }, (_, index) => from + index + 1)
      const items = read.filter((item) => item % 3 === 0).slice(0, limit)
      return { items, next: from + 4 < 20 ? Option.fromUndefinedOr(read.at(-1)) : Option.none() }
    })
}

const page = (list: PagedList<number, number, never>, request: PageRequest) =>
  TokenSigner.use((signer) => loadPage(signer, list, request))

const first = (limit: number): PageRequest => ({ limit, after: Option.none() })

const withSigner = Effect.provide(HmacTokenSigner.layer([OLD_KEY]))

describe("paging", () => {
  it.effect.each([1, 2, 3, 4, 5, 6])(
    "by %i, every item comes once, in order, and the last page has no next",
    (limit) =>
      Effect.gen(function*() {
        const pages = [yield* page(numbers(), first(limit))]
        for (let next = pages[0]?.next; next !== undefined && Option.isSome(next); next = pages.at(-1)?.next) {
          pages.push(yield* page(numbers(), { limit, after: next }))
        }
        assert.deepStrictEqual(pages.flatMap(({ items }) => items), NUMBERS)
        assert.strictEqual(pages.length, Math.ceil(NUMBERS.length / limit))
      }).pipe(withSigner)
  )

  it.effect("a page that ends with the list has no next", () =>
    Effect.gen(function*() {
      const asked: Array<number> = []
      assert.deepStrictEqual(yield* page(numbers(asked), first(5)), { items: NUMBERS, next: Option.none() })
      assert.deepStrictEqual(asked, [5])
      assert.isTrue(Option.isSome((yield* page(numbers(), first(4))).next))
    }).pipe(withSigner))

  it.effect("a page may be short and still have next, and every item comes once", () =>
    Effect.gen(function*() {
      const pages = [yield* page(rare, first(2))]
      for (let next = pages[0]?.next; next !== undefined && Option.isSome(next); next = pages.at(-1)?.next) {
        pages.push(yield* page(rare, { limit: 2, after: next }))
      }
      assert.deepStrictEqual(pages.map(({ items }) => items), [[3], [6], [9, 12], [15], [18]])
    }).pipe(withSigner))

  it.effect("a cursor is good for its own list and as it was issued", () =>
    Effect.gen(function*() {
      const { next } = yield* page(numbers(), first(2))
      const foreign = yield* Effect.flip(page(numbers([], "other numbers"), { limit: 2, after: next }))
      const forged = yield* Effect.flip(page(numbers(), { limit: 2, after: Option.map(next, (text) => `${text}A`) }))
      assert.deepStrictEqual([foreign._tag, forged._tag], ["InvalidCursor", "InvalidCursor"])
    }).pipe(withSigner))

  it.effect("a position of an earlier release that means nothing any more is an invalid cursor", () =>
    Effect.gen(function*() {
      const signer = yield* TokenSigner
      const after = Option.some(yield* signer.signCursor("numbers", "1.5"))
      assert.strictEqual((yield* Effect.flip(page(numbers(), { limit: 2, after })))._tag, "InvalidCursor")
    }).pipe(withSigner))
})
