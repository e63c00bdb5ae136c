/**
 * The most common passwords in breaches, from `@zxcvbn-ts/language-common`: 49,233. Of these, 17,950 have the minimum
 * length. Shorter ones are what longer passwords are variations of.
 *
 * The list is loaded at the first look-up, because most commands need none. Loading takes about 50 ms and 4 MB of heap.
 * A look-up takes well under a microsecond.
 */
import { Effect, Layer, Redacted } from "effect"
import { foldedPassword } from "../../domain/model/Password.ts"
import { PasswordBlocklist } from "../../ports/PasswordBlocklist.ts"

export const layer = Layer.effect(
  PasswordBlocklist,
  Effect.gen(function*() {
    const listed = yield* Effect.cached(load)

    const contains = Effect.fn("PasswordBlocklist.contains")(function*(text: Redacted.Redacted) {
      const passwords = yield* listed
      return passwords.has(foldedPassword(Redacted.value(text)))
    })

    return PasswordBlocklist.of({ contains })
  })
)

// Guessers try every password in the usual letter cases, so `Sunshine` is as well known as `sunshine`. NFKC folds
// full-width and other spellings. `PasswordVariations` knows what else counts as listed.
const load = Effect.promise(() => import("@zxcvbn-ts/language-common")).pipe(
  Effect.map(({ dictionary }) => new Set(dictionary["passwords-common"].map(foldedPassword)))
)
