/** Exports of other systems that come piece by piece. */
import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import { makeConversion } from "../../../src/adapters/cli/conversion/Conversion.ts"
import type { SystemName } from "../../../src/adapters/cli/conversion/Systems.ts"

const anyHash = () => undefined

const circumstances = { firebase: undefined, now: DateTime.makeUnsafe("2026-03-01") }

/** Two people in each form, and the text before the second begins. */
const forms: ReadonlyArray<readonly [form: string, from: SystemName, text: string, first: string]> = (() => {
  const [ada, bob] = [
    { localId: "1", user_id: "1", email: "ada@example.com", name: "Ada \"[,{\\ 🦉", encrypted_password: null },
    { id: "2", email: "bob@example.com" }
  ]
  const [one, two] = [JSON.stringify(ada), JSON.stringify(bob)]
  const realm = `{\n "name": "users",\n "credentials": ["password"], "roles": {"users": [{}]},\n "users": [\n${one},`
  const csv = "id,email,name,encrypted_password\r\n1,ada@example.com,\"Ada,\r\n\"\"Countess\"\"\"\r\n"
  const ldif = "dn: uid=ada\nmail: ada@ex\n ample.com\n\n"
  return [
    ["lines of JSON", "auth0", `${one}\n\n${two}`, `${one}\n\n${two.slice(0, 9)}`],
    ["a JSON list", "supabase", ` [${one},\n${two}]`, ` [${one},`],
    ["a JSON document", "firebase", `${realm}${two}],"x":[{}]}`, realm],
    ["CSV", "devise", `${csv}2,bob@example.com,`, csv],
    ["LDIF", "ldap", `# people\n${ldif}dn: uid=bob\nmail: bob@example.com\n`, `# people\n${ldif}`],
    ["htpasswd", "htpasswd", "ada@example.com:x\nbob@example.com:y", "ada@example.com:x\nbob"]
  ]
})()

const emailsIn = (rows: ReadonlyArray<string>) => rows.map((row) => String(JSON.parse(row).email))

const PEOPLE = ["ada@example.com", "bob@example.com"]

const longTexts: ReadonlyArray<readonly [from: SystemName, text: string]> = [
  ["ldap", `dn: uid=ada\nmail: ada@example.com\ncn: ${" ".repeat(2 ** 18)}A\u2028B\n`],
  [
    "auth0",
    JSON.stringify({ _id: "1", email: "ada@example.com", passwordHash: `$argon2id$${"=".repeat(2 ** 18)}!` })
  ]
]

describe("a conversion", () => {
  it.each(forms)("of %s makes the same rows wherever its pieces end", (_, from, text) => {
    const whole = makeConversion(from, circumstances, anyHash)
    const rows = [...whole.convert(text).rows, ...whole.end().rows]
    assert.deepStrictEqual(emailsIn(rows), PEOPLE)
    for (const length of [1, 2, 7]) {
      const { convert, end } = makeConversion(from, circumstances, anyHash)
      const pieces = text.match(new RegExp(`[^]{1,${length}}`, "g")) ?? []
      assert.deepStrictEqual([...pieces.flatMap((piece) => convert(piece).rows), ...end().rows], rows)
    }
  })

  it.each(forms)("of %s gives a row before the next record has come", (_, from, text, first) => {
    const { convert, end } = makeConversion(from, circumstances, anyHash)
    assert.deepStrictEqual(emailsIn(convert(first).rows), PEOPLE.slice(0, 1))
    assert.deepStrictEqual(
      [...emailsIn(convert(text.slice(first.length)).rows), ...emailsIn(end().rows)],
      PEOPLE.slice(1)
    )
  })

  it.each(longTexts)(
    "[ASVS 1.3.12] from %s reads any length of blanks or padding without a noticeable delay",
    (from, text) => {
      const { convert, end } = makeConversion(from, circumstances, anyHash)
      assert.deepStrictEqual(emailsIn([...convert(text).rows, ...end().rows]), PEOPLE.slice(0, 1))
    }
  )

  it("of a document that ends too early says so", () => {
    const { convert, end } = makeConversion("keycloak", circumstances, anyHash)
    assert.lengthOf(convert("{\"users\":[{\"email\":\"ada@example.com\",\"credentials\":[]},{\"ema").rows, 1)
    assert.deepStrictEqual(end(), {
      rows: [],
      leftOut: 1,
      withoutPassword: 0,
      complaints: ["The end of the file can't be read, and is left out."]
    })
  })

  it("of a CSV file goes on after a row that can't be read", () => {
    const { convert, end } = makeConversion("devise", circumstances, anyHash)
    const { complaints, rows } = convert(
      "id,email,encrypted_password\n1,a\"b\"c@example.com\n2,bob@example.com\n3,carl@example.com,x,y\n,\n"
    )
    assert.deepStrictEqual(emailsIn(rows), ["bob@example.com"])
    assert.deepStrictEqual(complaints, [
      "Line 2 can't be read, and is left out.",
      "Line 4 can't be read, and is left out."
    ])
    assert.strictEqual(end().leftOut, 0)
  })

  it.each<[SystemName, string]>([
    [
      "supabase",
      "email,banned_until,encrypted_password\na@b.example,2026-02-28 23:59:59+00,\nb@b.example,2026-03-02 00:00:00+00,"
    ],
    ["better-auth", "email,banned,banExpires,password\na@b.example,t,2026-02-28 23:59:59,\nb@b.example,t,,"]
  ])("of %s disables those whose ban isn't over", (from, text) => {
    const { convert, end } = makeConversion(from, circumstances, anyHash)
    const rows = [...convert(text).rows, ...end().rows].map((row) => JSON.parse(row).status)
    assert.deepStrictEqual(rows, [undefined, "disabled"])
  })

  it("of phpass reads phpBB's table", () => {
    const { convert, end } = makeConversion("phpass", circumstances, anyHash)
    const rows = [
      ...convert("user_id,username,user_password,user_email\n2,ada,$H$9,ada@example.com\n").rows,
      ...end().rows
    ]
    assert.deepStrictEqual(rows.map((row) => JSON.parse(row)), [
      { external_id: "2", email: "ada@example.com", display_name: "ada", password_hash: "$H$9" }
    ])
  })
})
