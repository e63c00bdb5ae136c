import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import * as HmacTokenSigner from "../../src/adapters/crypto/HmacTokenSigner.ts"
import type { PageRequest } from "../../src/domain/model/Page.ts"
import { loadPage } from "../../src/domain/services/Paging.ts"
import { TokenSigner } from "../../src/ports/TokenSigner.ts"
import { OLD_KEY } from "../support/signing-keys.ts"

const NUMBERS = [10, 20, 30, 40, 50]

/** A list of numbers, which notes how many were asked for. */
const numbers = (asked: Array<number> = [], name = "numbers") => ({
  name,
  position: Schema.NumberFromString.check(Schema.isInt()),
  positionOf: (item: number) => item,
  load: (limit: number, after: Option.Option<number>) =>
    Effect.sync(() => {
      asked.push(limit)
      return NUMBERS.filter((item) => Option.isNone(after) || item > after.value).slice(0, limit)
    })
})

const page = (list: ReturnType<typeof numbers>, request: PageRequest) =>
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

  it.effect("a page that ends with the list has no next, for which one item more is loaded", () =>
    Effect.gen(function*() {
      const asked: Array<number> = []
      assert.deepStrictEqual(yield* page(numbers(asked), first(5)), { items: NUMBERS, next: Option.none() })
      assert.deepStrictEqual(asked, [6])
      assert.isTrue(Option.isSome((yield* page(numbers(), first(4))).next))
    }).pipe(withSigner))

  it.effect("a page of no items has no next", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* page(numbers(), first(0)), { items: [], next: Option.none() })
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
