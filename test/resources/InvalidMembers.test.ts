import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { invalidMembers } from "../../src/resources/InvalidMembers.ts"

const Order = Schema.Struct({
  gift: Schema.optionalKey(Schema.Boolean),
  price: Schema.optionalKey(Schema.NullOr(Schema.Finite)),
  size: Schema.optionalKey(Schema.Literals(["small", "large"])),
  note: Schema.optionalKey(Schema.String.annotate({ message: "must not name A | B" })),
  items: Schema.optionalKey(Schema.Array(Schema.Struct({ count: Schema.Int })))
})

const Named = Schema.Struct({ name: Schema.String })

const faultsOf = Effect.fnUntraced(function*<A>(schema: Schema.ConstraintDecoder<A>, input: unknown) {
  const decode = Schema.decodeUnknownEffect(schema, { errors: "all", onExcessProperty: "error" })
  return invalidMembers(yield* Effect.flip(decode(input))).map(({ detail, pointer }) => [pointer, detail] as const)
})

const LONGEST = "n".repeat(64)

const orders: ReadonlyArray<readonly [what: string, input: unknown, faults: ReadonlyArray<readonly [string, string]>]> =
  [
    ["a value out of a list", { size: "huge" }, [["/size", "must be \"small\" or \"large\""]]],
    ["what has words of its own, by those", { note: 1 }, [["/note", "must not name A | B"]]],
    ["a member inside of others", { items: [{ count: 1 }, { count: 1.5 }] }, [[
      "/items/1/count",
      "must be an integer"
    ]]],
    ["an item that is no object", { items: [null] }, [["/items/0", "must be an object"]]],
    ["several members, each", { size: 1, items: 2 }, [
      ["/size", "must be \"small\" or \"large\""],
      ["/items", "must be an array"]
    ]],
    ["members of one type, with its article", { gift: 1, price: "" }, [
      ["/gift", "must be a boolean"],
      ["/price", "must be a number or null"]
    ]],
    ["a member nobody knows", { colour: "red" }, [["/colour", "is not a known member"]]],
    ["a name with the marks of a pointer", { "a/b/~c~1": 1 }, [["/a~1b~1~0c~01", "is not a known member"]]],
    ["a long name in full", { [LONGEST]: 1 }, [[`/${LONGEST}`, "is not a known member"]]],
    ["a longer name in part", { [`${LONGEST}n`]: 1 }, [[`/${LONGEST}…`, "is not a known member"]]],
    ["a longer name without half a character", { [`${"n".repeat(63)}🦉`]: 1 }, [[
      `/${"n".repeat(63)}\ufffd…`,
      "is not a known member"
    ]]],
    ["what is no object as a whole", null, [["", "must be an object"]]],
    ["a list as a whole", [], [["", "must be an object"]]]
  ]

const Name = Schema.String.pipe(Schema.check(Schema.isMaxLength(64)))

describe("what is wrong with an input is told of", () => {
  it.effect.prop(
    "a member by a pointer that leads to it, whatever it is called",
    { name: Name },
    ({ name }) =>
      Effect.gen(function*() {
        const [[pointer] = [""]] = yield* faultsOf(Order, Object.fromEntries([[name, null]]))
        assert.strictEqual(pointer.slice(1).replaceAll("~1", "/").replaceAll("~0", "~"), name)
      })
  )

  it.effect.each(orders)("%s", ([_, input, faults]) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* faultsOf(Order, input), faults)
    }))

  it.effect("[P18] 32 members by name, and how many more there are", () =>
    Effect.gen(function*() {
      const unknown = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, 1]))
      assert.strictEqual((yield* faultsOf(Order, unknown(32))).length, 32)
      const faults = yield* faultsOf(Order, unknown(40))
      assert.strictEqual(faults.length, 33)
      assert.deepStrictEqual(faults.slice(-2), [["/m31", "is not a known member"], ["", "and 8 more"]])
    }))

  it.effect("a member that is missing, and one of another type", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* faultsOf(Named, {}), [["/name", "is required"]])
      assert.deepStrictEqual(yield* faultsOf(Named, { name: 1 }), [["/name", "must be a string"]])
    }))
})
