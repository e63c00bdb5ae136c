/**
 * Checks that readers can see a text and distinguish it from others.
 */

/** Marks that change the direction of all text up to their end: overrides, embeddings and isolates. */
const direction = /[\u202a-\u202e\u2066-\u2069]/

const noncharacter = /\p{Noncharacter_Code_Point}/u

/**
 * Letters, numbers, punctuation and symbols. The blank braille pattern and the null notehead are symbols but show
 * nothing. U+FFFC stands for an object that isn't there. Private and unassigned characters may show something.
 */
const VISIBLE =
  "[[\\p{L}\\p{N}\\p{P}\\p{S}\\p{Co}\\p{Cn}]--[\\p{Default_Ignorable_Code_Point}\\u2800\\u{1d159}\\ufffc]]"

const visible = new RegExp(VISIBLE, "v")

/** A mark without a visible character to carry it. Other marks and joiners may stand between the two. */
const loneMark = new RegExp(`(?<!${VISIBLE}[\\p{M}\\u200c\\u200d]*)\\p{M}`, "v")

/** Invisible characters where they mean something. */
const meaningful: ReadonlyArray<RegExp> = [
  // Joiners and the Mongolian vowel separator: inside a word or emoji, and after a mark, as in old spellings of
  // Malayalam.
  /(?<=[\p{L}\p{M}\p{N}\p{S}])[\u180e\u200c\u200d](?=[\p{L}\p{M}\p{N}\p{S}])|(?<=\p{M})[\u200c\u200d]/gu,
  // Marks of direction that affect only a neighbour.
  /(?<=[\p{L}\p{M}\p{N}\p{P}\p{S}])[\u061c\u200e\u200f]|[\u061c\u200e\u200f](?=[\p{L}\p{N}\p{P}\p{S}])/gu,
  // Flags of regions, such as Scotland's: a black flag, tags and an end tag.
  /(?<=\u{1f3f4})[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{1,6}\u{e007f}/gu,
  // The zero-width space between words, in scripts that write no blanks.
  /(?<=[\p{sc=Khmer}\p{sc=Lao}\p{sc=Mymr}\p{sc=Thai}])\u200b(?=[\p{sc=Khmer}\p{sc=Lao}\p{sc=Mymr}\p{sc=Thai}])/gu
]

/**
 * Characters that show nothing by themselves. Variation selectors are left out, because they are marks of the character
 * before them.
 */
const invisible = /[[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]--\p{M}]/v

/**
 * Why people should not be shown this text, worded to follow the name of the field. `undefined` if nothing is wrong.
 * For texts of at most a few hundred characters.
 */
export const visibilityProblem = (text: string): string | undefined => {
  if (direction.test(text)) return "must not contain characters that change the direction of what follows"
  if (noncharacter.test(text)) return "must not contain code points that are no characters"
  if (!visible.test(text)) return "must contain a character that can be seen"
  if (loneMark.test(text)) return "must not contain accents and other marks without a character that carries them"
  const others = meaningful.reduce((rest, characters) => rest.replace(characters, ""), text)
  return invisible.test(others) ? "must not contain invisible characters where they mean nothing" : undefined
}
