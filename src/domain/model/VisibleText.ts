/**
 * What of a text a reader can see, and which invisible characters do something for it.
 *
 * Unicode has many characters that show nothing. Some are needed to write a language or an emoji and are harmless where
 * they are; elsewhere they only make a name that nobody sees, or two that nobody can tell apart.
 */

/** Marks that turn the direction of everything after them, until their end: overrides, embeddings and isolates. */
const direction = /[\u202a-\u202e\u2066-\u2069]/

const noncharacter = /\p{Noncharacter_Code_Point}/u

/**
 * Letters, numbers, punctuation and symbols. The braille pattern without dots and the null notehead are symbols and
 * show nothing, U+FFFC stands for an object that is not there. Private and unassigned characters show something
 * somewhere.
 */
const VISIBLE =
  "[[\\p{L}\\p{N}\\p{P}\\p{S}\\p{Co}\\p{Cn}]--[\\p{Default_Ignorable_Code_Point}\\u2800\\u{1d159}\\ufffc]]"

const visible = new RegExp(VISIBLE, "v")

/** A mark belongs to the visible character before it, with other marks and joiners between them. */
const loneMark = new RegExp(`(?<!${VISIBLE}[\\p{M}\\u200c\\u200d]*)\\p{M}`, "v")

/** Invisible characters where they mean something. */
const meaningful: ReadonlyArray<RegExp> = [
  // Joiners and the Mongolian vowel separator: inside a word or emoji, and after a mark, as old spellings of Malayalam.
  /(?<=[\p{L}\p{M}\p{N}\p{S}])[\u180e\u200c\u200d](?=[\p{L}\p{M}\p{N}\p{S}])|(?<=\p{M})[\u200c\u200d]/gu,
  // Marks of direction, which change that of a neighbour and no more.
  /(?<=[\p{L}\p{M}\p{N}\p{P}\p{S}])[\u061c\u200e\u200f]|[\u061c\u200e\u200f](?=[\p{L}\p{N}\p{P}\p{S}])/gu,
  // Flags of regions, such as Scotland's: a black flag, tags and their end.
  /(?<=\u{1f3f4})[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{1,6}\u{e007f}/gu,
  // Where words are written without blanks, where one ends.
  /(?<=[\p{sc=Khmer}\p{sc=Lao}\p{sc=Mymr}\p{sc=Thai}])\u200b(?=[\p{sc=Khmer}\p{sc=Lao}\p{sc=Mymr}\p{sc=Thai}])/gu
]

/** What shows nothing by itself. Variation selectors do neither, but are marks of the character before them. */
const invisible = /[[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]--\p{M}]/v

/** What is wrong with a text of at most a few hundred characters that people are to see, as it continues its name. */
export const complaintOf = (text: string): string | undefined => {
  if (direction.test(text)) return "must not contain characters that change the direction of what follows"
  if (noncharacter.test(text)) return "must not contain code points that are no characters"
  if (!visible.test(text)) return "must contain a character that can be seen"
  if (loneMark.test(text)) return "must not contain accents and other marks without a character that carries them"
  const others = meaningful.reduce((rest, characters) => rest.replace(characters, ""), text)
  return invisible.test(others) ? "must not contain invisible characters where they mean nothing" : undefined
}
