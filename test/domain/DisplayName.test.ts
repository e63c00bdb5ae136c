import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { DisplayName } from "../../src/domain/model/Account.ts"
import { textOf } from "../support/texts.ts"

const nameOf = (text: string): string | undefined =>
  Option.getOrUndefined(Schema.decodeOption(DisplayName)(text, { errors: "all" }))

const texts = textOf(["a", "é", "e\u0301", " ", "\u00a0", "\u3000", "\t", "🦉", "👩\u200d💻", "'", "<"])

const SCOTLAND = "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}"

const INVISIBLE: ReadonlyArray<readonly [name: string, text: string]> = [
  ["a zero width space", "\u200b"],
  ["a joiner", "\u200d"],
  ["a mark of direction", "\u200e"],
  ["a word joiner", "\u2060"],
  ["a byte order mark among others", "\u200b\ufeff\u200b"],
  ["a soft hyphen", "\u00ad"],
  ["a Hangul filler", "\u3164"],
  ["its half-width form", "\uffa0"],
  ["a braille pattern without dots", "\u2800"],
  ["a null notehead", "\u{1d159}"],
  ["an object that is not there", "\ufffc"],
  ["combining marks", "\u0301\u0316"],
  ["a combining grapheme joiner", "\u034f"],
  ["a variation selector", "\ufe0f"],
  ["tags", "\u{e0067}\u{e007f}"],
  ["an annotation", "\ufff9\ufffb"]
]

const TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
  .split("")

const invisibles = textOf([
  ...INVISIBLE.map(([, text]) => text),
  ...TURNS,
  " ",
  "\u0301",
  "\u200c",
  "\u200f",
  "\u180e",
  "\ufdd0",
  SCOTLAND.slice(2)
])

/** Letters, marks and joiners as people write them, and what may stand between two words. */
const words = textOf([
  "a",
  "Z",
  "é",
  "q\u0323",
  "क्\u200dष",
  "می\u200cن",
  "🦉",
  "👩\u200d💻",
  "❤\ufe0f",
  SCOTLAND,
  "'",
  "7"
], {
  minLength: 1
})

describe("display name", () => {
  it.prop("what nobody sees is no name, in whatever order", { text: invisibles }, ({ text }) => {
    assert.isUndefined(nameOf(text))
  })

  it.prop("what people write stays as it is", { one: words, other: words }, ({ one, other }) => {
    const written = `${one} ${other}`.normalize("NFC")
    assert.strictEqual(nameOf(written), written)
  })

  it.prop("a turn of direction anywhere makes it no name", { one: words, other: words }, ({ one, other }) => {
    for (const turn of TURNS) assert.isUndefined(nameOf(one + turn + other))
  })

  it.prop("[ASVS 1.1.1] the normal form of a normal form is itself", { text: texts }, ({ text }) => {
    const name = nameOf(text)
    if (name !== undefined) assert.strictEqual(nameOf(name), name)
  })

  it.prop("every Unicode form of a name, and blanks around it, make one name", { text: texts }, ({ text }) => {
    assert.strictEqual(nameOf(text.normalize("NFD")), nameOf(text))
    assert.strictEqual(nameOf(` ${text}\u3000`), nameOf(text))
  })

  it.each([
    ["a name with everything people have", "  Zoë O'Hara-李 🦉 👩\u200d💻 ", "Zoë O'Hara-李 🦉 👩\u200d💻"],
    ["markup, which is only text", "<b>Ada</b>", "<b>Ada</b>"],
    ["a digit", "7", "7"],
    ["a symbol", "☺", "☺"],
    ["a character of somebody's own font", "\ue000", "\ue000"],
    ["a joiner that keeps two letters of Persian apart", "علی\u200cرضا", "علی\u200cرضا"],
    ["a joiner between virama and consonant in Sinhala", "ශ්\u200dරී", "ශ්\u200dරී"],
    ["a joiner before virama in Bengali", "র\u200d্যাম", "র\u200d্যাম"],
    ["a joiner at the end of an old spelling of Malayalam", "അവന്\u200d", "അവന്\u200d"],
    ["a vowel separator of Mongolian", "ᠰᠠᠷ\u180eᠠ", "ᠰᠠᠷ\u180eᠠ"],
    ["words of Khmer that end without a blank", "សុខ\u200bចាន់", "សុខ\u200bចាន់"],
    ["words of Thai that end without a blank", "สม\u200bชาย", "สม\u200bชาย"],
    ["words of Lao that end without a blank", "ສົມ\u200bພອນ", "ສົມ\u200bພອນ"],
    ["words of Burmese that end without a blank", "အောင်\u200bဆန်း", "အောင်\u200bဆန်း"],
    ["a variant of a Japanese character", "葛\u{e0100}城", "葛\u{e0100}城"],
    ["a heart in its colour", "Ada ❤\ufe0f", "Ada ❤\ufe0f"],
    ["an emoji of four people", "👨\u200d👩\u200d👧\u200d👦", "👨\u200d👩\u200d👧\u200d👦"],
    ["an emoji with a colour of skin and a joiner", "👩🏽\u200d❤\ufe0f\u200d👨🏿", "👩🏽\u200d❤\ufe0f\u200d👨🏿"],
    ["a key", "1\ufe0f\u20e3", "1\ufe0f\u20e3"],
    ["the flag of Scotland", SCOTLAND, SCOTLAND],
    ["a mark of direction after letters", "אדה\u200f (Ada)\u200e", "אדה\u200f (Ada)\u200e"],
    ["a mark of direction before letters", "\u200eAda", "\u200eAda"],
    ["a mark that no letter takes in", "q\u0301\u0323", "q\u0323\u0301"],
    ["a name in Braille", "⠁⠙⠁\u2800⠇", "⠁⠙⠁\u2800⠇"],
    ["one letter among 1,599 blanks", " ".repeat(1_599) + "x", "x"],
    ["200 characters of four bytes", "🦉".repeat(200), "🦉".repeat(200)],
    [
      "200 characters that NFD writes with four code points each",
      "\u1f82".repeat(200).normalize("NFD"),
      "\u1f82".repeat(200)
    ]
  ])("%s is kept", (_, text, name) => {
    assert.strictEqual(nameOf(text), name)
  })

  it.each<readonly [name: string, text: string]>([
    ["nothing", ""],
    ["blanks", " \t\u00a0\u3000"],
    ["201 characters", "x".repeat(201)],
    ["one letter among 1,600 blanks", " ".repeat(1_600) + "x"],
    ["a million characters", "x".repeat(1_000_000)],
    ["a line break", "Ada\nLovelace"],
    ["a carriage return", "Ada\rLovelace"],
    ["a line separator", "Ada\u2028Lovelace"],
    ["a paragraph separator", "Ada\u2029Lovelace"],
    ["NUL", "Ada\0"],
    ["an escape sequence of terminals", "Ada\u001b[31m"],
    ["the control character of C1 that begins one", "Ada\u009b31m"],
    ["a lone surrogate", "Ada\ud800"],
    ...INVISIBLE.map(([name, text]) => [`nothing but ${name}`, text] as const),
    ...INVISIBLE.map(([name, text]) => [`nothing but ${name} and blanks`, `${text} \u00a0${text}`] as const),
    ["a mark without a character", "\u0301"],
    ["a mark at the beginning", "\u0301Ada"],
    ["a mark after a blank", "Ada \u0301"],
    ["a mark on what nobody sees", "Ada\u2800\u0301"],
    ["a variation selector after a blank", "Ada \ufe0f"],
    ...TURNS.map((turn) => [`the turn of direction ${JSON.stringify(turn)}`, `Ada ${turn}evil\u202c`] as const),
    ["a code point that is no character", "Ada\ufffe"],
    ["another one", "Ada\u{10ffff}"],
    ["and one among letters", "Ada\ufdd0"],
    ["a joiner at the end of a word", "Ada\u200d"],
    ["a joiner at the beginning", "\u200cAda"],
    ["a joiner beside a blank", "Ada \u200dLovelace"],
    ["a joiner before a blank", "Ada\u200d Lovelace"],
    ["two joiners", "Ada\u200d\u200dLovelace"],
    ["a mark of direction between blanks", "Ada \u200f Lovelace"],
    ["marks of direction beside each other", "Ada\u200f\u200f\u200fLovelace"],
    ["a zero width space in Latin", "Ada\u200bLovelace"],
    ["a soft hyphen", "Love\u00adlace"],
    ["a filler among letters", "Ada\u3164Lovelace"],
    ["tags without a flag", `Ada${SCOTLAND.slice(2)}`],
    ["a flag whose tags do not end", `Ada ${SCOTLAND.slice(0, -2)}`],
    ["a text hidden in tags", `🏴${"\u{e0068}".repeat(7)}\u{e007f}`]
  ])("%s is refused", (_, text) => {
    assert.isUndefined(nameOf(text))
  })

  it.each([
    ["blanks", " \u00a0", "must not be blank"],
    ["201 characters", "x".repeat(201), "must be at most 200 characters"],
    ["a line break", "Ada\nLovelace", "must not contain control characters or line breaks"],
    ["a turn of direction", "Ada\u202e", "must not contain characters that change the direction of what follows"],
    ["what is no character", "Ada\ufdd0", "must not contain code points that are no characters"],
    ["what nobody sees", "\u2800", "must contain a character that can be seen"],
    ["a lone mark", "\u0301Ada", "must not contain accents and other marks without a character that carries them"],
    ["a soft hyphen", "Ada\u00ad", "must not contain invisible characters where they mean nothing"]
  ])("the refusal of %s says so", (_, text, reason) => {
    assert.throws(() => Schema.decodeSync(DisplayName)(text), reason)
  })

  it("a client sends it as it is", () => {
    assert.strictEqual(Schema.encodeSync(DisplayName)(DisplayName.make("Zoë 🦉")), "Zoë 🦉")
  })

  it("[ASVS 1.3.12] 64 KiB of combining marks are refused without a noticeable delay", () => {
    const before = process.cpuUsage()
    assert.isUndefined(nameOf("a".padEnd(32_000, "\u0301\u0316")))
    assert.isBelow(process.cpuUsage(before).user, 50_000)
  })
})
