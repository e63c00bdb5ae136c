/**
 * The passwords most often found in breaches, from `@zxcvbn-ts/language-common`: 17,950 that are long enough to be
 * accepted at all.
 *
 * The list is loaded when the first password is asked for, because most commands never ask: some 50 ms, once, and 4 MB
 * of heap from then on. An answer takes well under a microsecond.
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

// Guessers try every password in the usual letter cases, so `Sunshine` is as known as `sunshine`; NFKC adds the
// full-width and other spellings. Digits and signs around a listed password are not taken off: the list has the usual
// ones itself (`password1`), and people are told no more than they can understand.
const load = Effect.promise(() => import("@zxcvbn-ts/language-common")).pipe(
  Effect.map(({ dictionary }) =>
    new Set(
      dictionary["passwords-common"].map(foldedPassword)
        .filter((password) => codePointLength(password) >= PASSWORD_LENGTH_MIN)
    )
  )
)
