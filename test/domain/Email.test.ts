import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Option, Schema } from "effect"
import { Email, emailKey, emailKeyPrefix, isPlainEmail } from "../../src/domain/model/Email.ts"
import { textOf } from "../support/texts.ts"

const keyOf = (address: string): string | undefined =>
  Option.getOrUndefined(Option.map(Schema.decodeOption(Email)(address, { errors: "all" }), emailKey))

const LETTERS = ["a", "Z", "7", "é", "E\u0301", "ü", "Ü", "ﬁ", "Ａ", "①", "ſ", "ﾃ", "σ", "ж", "ǆ", "한", "\u1112\u1161"]

/** Mostly addresses, of letters that have several spellings, and of what must not be in one. */
const addresses = Arbitrary.all({
  local: textOf([...LETTERS, "ς", "Σ", "ᲀ", "İ", "ı", "ß", "+", ".", "_", "'", "\u200d", "\ufe0f", "＠"], {
    minLength: 1,
    maxLength: 6
  }),
  host: textOf([...LETTERS, "-", "xn--", ".", "。", "\u00ad", "\ufe0f"], { minLength: 1, maxLength: 5 }),
  end: textOf(["com", "de", "DE", "рф", "7", "0x7", "."], { minLength: 1, maxLength: 2 })
}).pipe(Arbitrary.map(({ end, host, local }) => `${local}@${host}.${end}`))

/** The other letter case of a letter, where it is one letter too and is the same but for its case. */
const swapCase = (letter: string): string => {
  const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()
  const isOneLetter = /^\p{L}$/u.test(letter) && /^\p{L}$/u.test(other)
  return isOneLetter && new RegExp(`^${letter}$`, "iu").test(other) ? other : letter
}

/** As long, and with a label that takes the longer way. */
const PUNYCODE_254 = `ada@xn--bcher-kva.${`${"h".repeat(60)}.`.repeat(3)}${"h".repeat(49)}.com`

const OCTETS_254 = `ada@${`${"h".repeat(60)}.`.repeat(4)}coffee`

describe("email", () => {
  it.prop("[ASVS 1.1.1] the key of a key is the key", { address: addresses }, ({ address }) => {
    const key = keyOf(address)
    if (key !== undefined) assert.strictEqual(keyOf(key), key)
  })

  it.prop("every Unicode form and letter case of an address has one key", { address: addresses }, ({ address }) => {
    const key = keyOf(address)
    const spellings = [
      ...(["NFC", "NFD", "NFKC", "NFKD"] as const).map((form) => address.normalize(form)),
      Array.from(address, swapCase).join("")
    ]
    assert.deepStrictEqual(spellings.map(keyOf), spellings.map(() => key))
  })

  it.prop("the key is printable, has one @ and an ASCII domain", { address: addresses }, ({ address }) => {
    const key = keyOf(address)
    if (key !== undefined) assert.match(key, /^[^@\s\p{C}]+@[a-z0-9.-]+$/u)
  })

  it.prop("the key prefix of the beginning of a local part begins the key", {
    local: textOf(["a", "Z", "ü", "Ü", "Σ", "ς", "ﬁ", "℡", "İ", "+"], { minLength: 1, maxLength: 6 }),
    rest: textOf(["b", "Σ", "ж"], { minLength: 1, maxLength: 3 })
  }, ({ local, rest }) => {
    assert.isTrue(keyOf(`${local}${rest}@example.com`)?.startsWith(emailKeyPrefix(local)))
  })

  it.each([
    ["ada@bücher", "ada@xn--bcher-kva"],
    ["ada@BÜCHER.example", "ada@xn--bcher-kva.example"],
    ["ada@bücher.ex", "ada@xn--bcher-kva.ex"],
    ["ada@Straße.b\u00fccher.", "ada@xn--strae-oqa.xn--bcher-kva."],
    ["ada@日本", "ada@xn--wgv71a"],
    ["Ada@Exam", "ada@exam"],
    ["ada@", "ada@"],
    ["ada@a..b", "ada@a..b"],
    ["ada@\ud800", "ada@\ud800"]
  ])("the key prefix of %j is %j", (text, prefix) => assert.strictEqual(emailKeyPrefix(text), prefix))

  it.each([
    ["Ada@Example.COM", "ada@example.com"],
    ["ada+tag@example.com", "ada+tag@example.com"],
    ["a.da@example.com", "a.da@example.com"],
    ["o'hara!#$%&*/=?^_`{|}~-@example.com", "o'hara!#$%&*/=?^_`{|}~-@example.com"],
    ["ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ada@example.com"],
    ["ada@bücher.example", "ada@xn--bcher-kva.example"],
    ["ada@BU\u0308CHER.example", "ada@xn--bcher-kva.example"],
    ["ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"],
    ["ada@exam\ufe0fple.com", "ada@example.com"],
    ["Ⅸ@example.com", "ix@example.com"],
    ["K@example.com", "k@example.com"],
    ["J\u030c@example.com", "ǰ@example.com"],
    ["ΟΔΟΣ@example.com", "οδοσ@example.com"],
    ["οδος@example.com", "οδοσ@example.com"],
    ["ada@example.ΟΔΟΣ", "ada@example.xn--pxavbq"],
    ["ada@x.y", "ada@x.y"],
    ["straße@faß.example", "straße@xn--fa-hia.example"],
    ["aydın@example.com", "aydın@example.com"],
    [`${"l".repeat(64)}@example.com`, `${"l".repeat(64)}@example.com`],
    [`ada@${"h".repeat(63)}.com`, `ada@${"h".repeat(63)}.com`],
    [`${"é".repeat(32)}@example.com`, `${"é".repeat(32)}@example.com`],
    ["ü.a.bc@sub.bücher.example", "ü.a.bc@sub.xn--bcher-kva.example"],
    [OCTETS_254, OCTETS_254],
    [PUNYCODE_254, PUNYCODE_254]
  ])("%s has the key %s", (address, key) => {
    assert.strictEqual(keyOf(address), key)
  })

  it.each([
    ["nothing", ""],
    ["no @", "ada.example.com"],
    ["no local part", "@example.com"],
    ["no domain", "ada@"],
    ["two addresses", "ada@example.com,eve@example.com"],
    ["two addresses and a blank", "ada@example.com eve@example.com"],
    ["two addresses and a semicolon", "ada@example.com;eve@example.com"],
    ["one address in another", "eve@evil.example@example.com"],
    ["one address in another, full width", "eve@evil.example＠example.com"],
    ["a line break behind it", "ada@example.com\n"],
    ["a header behind it", "ada@example.com\r\nBcc: eve@example.com"],
    ["a line break before the @", "ada\r\n@example.com"],
    ["a blank around it", " ada@example.com"],
    ["a no-break space", "a\u00a0da@example.com"],
    ["a comma", "a,da@example.com"],
    ["NUL", "ada\0@example.com"],
    ["NUL behind it", "ada@example.com\0"],
    ["a lone surrogate", "ada\ud800@example.com"],
    ["surrogates in the wrong order", "ada@ex\udc00\ud800ample.com"],
    ["two dots", "a..b@example.com"],
    ["a dot in front", ".ada@example.com"],
    ["a dot before the @", "ada.@example.com"],
    ["two dots from one character", "a\u2025b@example.com"],
    ["two dots in the domain", "ada@example..com"],
    ["a trailing dot", "ada@example.com."],
    ["an ideographic trailing dot", "ada@example.com。"],
    ["a domain of one label", "ada@localhost"],
    ["a domain that begins with a dot", "ada@.com"],
    ["an IPv4 address", "ada@127.0.0.1"],
    ["an IPv4 address in hexadecimal", "ada@0x7f.1"],
    ["an IPv4 address in full width", "ada@１２７.0.0.1"],
    ["a numeric domain", "ada@123.456"],
    ["a numeric last label", "ada@example.123"],
    ["a hexadecimal last label", "ada@example.0x1f"],
    ["an address literal", "ada@[127.0.0.1]"],
    ["an IPv6 literal", "ada@[IPv6:::1]"],
    ["a port", "ada@example.com:25"],
    ["a path", "ada@example.com/x"],
    ["a path from one character", "ada@ex℀mple.com"],
    ["a query", "ada@example.com?x"],
    ["a fragment", "ada@example.com#x"],
    ["a percent-encoded domain", "ada@ex%61mple.com"],
    ["a user in the domain", "ada@user:pass@example.com"],
    ["punycode of nothing", "ada@xn--.example"],
    ["punycode that does not decode", "ada@xn--abc-.example"],
    ["punycode of a capital", "ada@xn--bcher-2pa.example"],
    ["punycode of a control character", "ada@xn--a.example"],
    ["punycode of a soft hyphen", "ada@xn--example--wla01f.example"],
    ["a label that begins with a hyphen", "ada@-example.com"],
    ["a label that ends with a hyphen", "ada@example-.com"],
    ["an underscore in the domain", "ada@exa_mple.com"],
    ["a soft hyphen in the domain", "ada@exam\u00adple.com"],
    ["a soft hyphen", "a\u00adda@example.com"],
    ["a zero width joiner", "a\u200dda@example.com"],
    ["a zero width space", "a\u200bda@example.com"],
    ["a byte order mark", "\ufeffada@example.com"],
    ["a variation selector", "ada\ufe0f@example.com"],
    ["a combining grapheme joiner", "ada\u034f@example.com"],
    ["a Hangul filler", "ada\u3164@example.com"],
    ["an override of the direction", "ada\u202e@example.com"],
    ["letters of two directions in a label", "ada@אb.example"],
    ["a quoted local part", "\"ada\"@example.com"],
    ["a comment", "ada(comment)@example.com"],
    ["a name around it", "Ada <ada@example.com>"],
    ["65 octets before the @", `${"l".repeat(65)}@example.com`],
    ["64 letters and 128 octets before the @", `${"é".repeat(64)}@example.com`],
    ["a label of 64 letters", `ada@${"h".repeat(64)}.com`],
    ["255 octets", `a${OCTETS_254}`],
    ["255 octets in fewer letters", `é${OCTETS_254.slice(1)}`],
    ["a domain that punycode makes too long", `ada@${"ü.".repeat(60)}com`]
  ])("[ASVS 1.1.1] %s is refused", (_, address) => {
    assert.isUndefined(keyOf(address))
  })

  it.each([
    "Ada@Example.COM",
    "a.b.cd@x.y-z.example.com",
    "o'hara!#$%&*+/=?^_`{|}~-@example.com",
    `${"l".repeat(64)}@example.com`,
    OCTETS_254
  ])("an address as most are written is known as such: %s", (address) => {
    assert.isTrue(isPlainEmail(address))
    assert.strictEqual(keyOf(address), address.toLowerCase())
  })

  it.each(["", "ada", `${"l".repeat(65)}@example.com`, `a${OCTETS_254}`, "ada@bücher.example", PUNYCODE_254])(
    "and others are not: %s",
    (address) => assert.isFalse(isPlainEmail(address))
  )

  it.each([
    ["what is no address", "ada", "must be an email address such as ada@example.com"],
    ["what is too long", `a${OCTETS_254}`, "must be at most 254 characters"]
  ])("the refusal of %s says so", (_, address, reason) => {
    assert.throws(() => Schema.decodeSync(Email)(address), reason)
  })

  it.each([
    ["marks in the wrong order", "a\u0301\u0316".padEnd(60_000, "\u0301\u0316")],
    ["ligatures that unfold to 18 letters", "\ufdfa".repeat(20_000)],
    ["dots", ".".repeat(60_000)],
    ["letters and dots", "a.".repeat(30_000)],
    ["labels of another alphabet", `a@${"漢字".repeat(10_000)}.example`],
    ["hyphens", `a@${"a-".repeat(30_000)}`]
  ])("[ASVS 1.3.12] 60,000 characters are refused without a noticeable delay: %s", (_, address) => {
    const before = process.cpuUsage()
    assert.isUndefined(keyOf(address))
    const { user } = process.cpuUsage(before)
    assert.isBelow(user, 50_000)
  })
})
