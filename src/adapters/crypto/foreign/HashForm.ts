/** What the forms of other systems' hashes have in common. */
import { Effect, Redacted, Result } from "effect"
import { timingSafeEqual } from "node:crypto"
import type { Password } from "../../../domain/model/Password.ts"

/** Whether a password matches the hash. Work that takes long is done off the event loop, or gives way to it. */
export type HashVerification = (password: Password) => Effect.Effect<boolean>

export type Parts = Readonly<Record<string, string | undefined>>

/** A failure says what is wrong, worded to follow the name of the hash. It repeats nothing of the hash but numbers. */
export type HashReading = Result.Result<HashVerification, string>

export interface HashForm {
  /** Matches in linear time, because no class contains the character that follows it. */
  readonly pattern: RegExp
  readonly read: (parts: Parts) => HashReading
}

/** One expression of several that follow each other. */
export const inTurn = (...parts: ReadonlyArray<RegExp>): RegExp =>
  new RegExp(parts.map(({ source }) => source).join(""))

export const tooCostly = (what: string): HashReading => Result.fail(`costs too much: ${what}`)

/** Shorter tags don't prove a password. These algorithms don't have longer ones in practice. */
const [TAG_LENGTH_MIN, TAG_LENGTH_MAX] = [16, 128]

export type Derivation = (password: string, answer: (error: Error | null, derived: Buffer) => void) => void

/** Compares what is derived from a password with the tag, in constant time. */
export const derivation = (tag: Buffer, derive: Derivation): HashReading =>
  tag.length < TAG_LENGTH_MIN || tag.length > TAG_LENGTH_MAX ?
    Result.fail(`must have a tag of ${TAG_LENGTH_MIN} to ${TAG_LENGTH_MAX} bytes`) :
    Result.succeed((password) =>
      Effect.callback((resume) =>
        derive(
          Redacted.value(password),
          (error, derived) => resume(error === null ? Effect.succeed(timingSafeEqual(derived, tag)) : Effect.die(error))
        )
      )
    )

/** How many rounds are computed before other work gets its turn: about a millisecond. */
const ROUNDS_AT_ONCE = 512

/** Repeats a step on the event loop, and gives way to other work now and then. */
export const rounds = Effect.fnUntraced(
  function*(times: number, start: Buffer, step: (value: Buffer, round: number) => Buffer) {
    let value = start
    for (let round = 0; round < times; round += 1) {
      value = step(value, round)
      if (round % ROUNDS_AT_ONCE === ROUNDS_AT_ONCE - 1) yield* Effect.yieldNow
    }
    return value
  }
)

const ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/**
 * The base64 of crypt(3): each group names the bytes of one number, the most significant first, and the number's digits
 * are written from the least significant.
 */
export const cryptBase64 = (bytes: Buffer, groups: ReadonlyArray<ReadonlyArray<number>>): string =>
  groups.map((group) => {
    const value = group.reduce((sum, index) => sum * 256 + (bytes[index] ?? 0), 0)
    return Array.from({ length: group.length + 1 }, (_, digit) => ALPHABET[(value >> (6 * digit)) & 63]).join("")
  }).join("")

/** Whether a computed text is the tag, compared in constant time. */
export const equalTo = (tag: string) =>
  Effect.map((computed: string) =>
    computed.length === tag.length && timingSafeEqual(Buffer.from(computed), Buffer.from(tag))
  )

/** The position of a digit in the base64 of crypt(3). */
export const cryptDigit = (digit: string): number => ALPHABET.indexOf(digit)
