/**
 * The contract of mailers. `world` makes one whose server accepts everything, and shows what it has accepted.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Scope } from "effect"
import { Email } from "../../src/domain/model/Email.ts"
import { MailId } from "../../src/domain/model/Mail.ts"
import type { Mailer, MailMessage } from "../../src/ports/Mailer.ts"
import { instant } from "../support/builders.ts"

/** A message as its reader gets it. */
export interface Arrived {
  readonly messageId: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

interface World {
  readonly mailer: Mailer["Service"]
  /** What the server has accepted, the oldest first. */
  readonly arrived: Effect.Effect<ReadonlyArray<Arrived>>
}

const aMessage = (digit: string): MailMessage => ({
  id: MailId.make(`mail_${digit.repeat(25)}`),
  to: Email.make(`ada-${digit}@example.org`),
  queuedAt: instant("2026-03-01T12:00:00.000Z"),
  language: "en",
  subject: `Subject ${digit}`,
  text: `Text ${digit}`,
  html: `<p>Page ${digit}</p>`
})

export const mailerContract = (name: string, world: Effect.Effect<World, never, Scope.Scope>): void => {
  describe(`${name} mailer`, () => {
    it.live("hands each message to its one reader, with subject, text and page", () =>
      Effect.gen(function*() {
        const { arrived, mailer } = yield* world
        for (const digit of ["1", "2"]) {
          assert.deepStrictEqual(yield* mailer.deliver(aMessage(digit)), { _tag: "Accepted" })
        }
        const shown = (yield* arrived).map(({ html, subject, text, to }) => [to, subject, text.trim(), html.trim()])
        assert.deepStrictEqual(shown, [
          ["ada-1@example.org", "Subject 1", "Text 1", "<p>Page 1</p>"],
          ["ada-2@example.org", "Subject 2", "Text 2", "<p>Page 2</p>"]
        ])
      }).pipe(Effect.scoped))

    it.live("gives a message the same Message-ID at every attempt, and no other message that", () =>
      Effect.gen(function*() {
        const { arrived, mailer } = yield* world
        for (const digit of ["1", "1", "2"]) yield* mailer.deliver(aMessage(digit))
        const [first, again, other] = (yield* arrived).map(({ messageId }) => messageId)
        assert.isDefined(first)
        assert.strictEqual(first, again)
        assert.notStrictEqual(first, other)
      }).pipe(Effect.scoped))

    it.live("hands over messages at the same time, each whole", () =>
      Effect.gen(function*() {
        const { arrived, mailer } = yield* world
        const digits = [..."0123456789"]
        yield* Effect.forEach(digits, (digit) => mailer.deliver(aMessage(digit)), { concurrency: 10 })
        const shown = (yield* arrived).map(({ subject, to }) => `${to} ${subject}`).toSorted()
        assert.deepStrictEqual(shown, digits.map((digit) => `ada-${digit}@example.org Subject ${digit}`))
      }).pipe(Effect.scoped))
  })
}
