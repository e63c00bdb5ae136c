import { Schema } from "effect"

/**
 * A string without lone surrogates.
 *
 * Ill-formed text is refused before any other check: UTF-8 encoders replace every lone surrogate by U+FFFD, so two
 * different inputs would become one password or one email.
 */
export const WellFormedText = Schema.String.check(
  Schema.makeFilter((text: string) => text.isWellFormed() ? undefined : "must be well-formed Unicode")
)

/** Length in Unicode code points, the unit of NIST SP 800-63B-4 §3.1.1.2. */
export const codePointLength = (text: string): number => {
  let length = 0
  for (const _ of text) length++
  return length
}
