/**
 * The most common passwords in breaches, from `@zxcvbn-ts/language-common`: 17,950 that have the minimum length.
 *
 * The list is loaded at the first look-up, because most commands need none. Loading takes about 50 ms and 4 MB of heap.
 * A look-up takes well under a microsecond.
 */
import { Effect, Layer, Redacted } from "effect"
import type { Password } from "../../domain/model/Password.ts"
import { foldedPassword, PASSWORD_LENGTH_MIN } from "../../domain/model/Password.ts"
import { codePointLength } from "../../domain/model/UnicodeText.ts"
import { PasswordBlocklist } from "../../ports/PasswordBlocklist.ts"

export const layer = Layer.effect(
  PasswordBlocklist,
  Effect.gen(function*() {
    const listed = yield* Effect.cached(load)

    const contains = Effect.fn("PasswordBlocklist.contains")(function*(password: Password) {
      const passwords = yield* listed
      return passwords.has(foldedPassword(Redacted.value(password)))
    })

    return PasswordBlocklist.of({ contains })
  })
)

// Guessers try every password in the usual letter cases, so `Sunshine` is as well known as `sunshine`. NFKC folds
// full-width and other spellings. Digits and signs around a listed password are kept: the list has the usual variants
// itself (`password1`), and people should understand why a password is refused.
const load = Effect.promise(() => import("@zxcvbn-ts/language-common")).pipe(
  Effect.map(({ dictionary }) =>
    new Set(
      dictionary["passwords-common"].map(foldedPassword)
        .filter((password) => codePointLength(password) >= PASSWORD_LENGTH_MIN)
    )
  )
)
