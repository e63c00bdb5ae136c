import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { Mail } from "../../../src/domain/model/Mail.ts"
import { Directory } from "../../../src/ports/Directory.ts"
import type { MailQuery } from "../../../src/ports/Directory.ts"
import { Outbox } from "../../../src/ports/Outbox.ts"
import type { Store } from "../../../src/ports/Stores.ts"
import { aMail, anAccount } from "../../support/builders.ts"
import { after, attempted, newDay, queue, queued } from "../outbox/waiting.ts"

const query = (fields: Partial<MailQuery>): MailQuery => ({
  limit: 100,
  after: Option.none(),
  accountId: Option.none(),
  status: Option.none(),
  ...fields
})

const list = Effect.fnUntraced(function*(fields: Partial<MailQuery>) {
  return yield* (yield* Directory).listMails(query(fields))
})

const ids = (mails: ReadonlyArray<Mail>) => mails.map(({ id }) => id)

export const mailListPromises = (it: Vitest.MethodsNonLive<Directory | Store>): void => {
  it.effect("without mails there is no backlog", () =>
    Effect.gen(function*() {
      const backlog = yield* (yield* Directory).mailBacklog(newDay())
      assert.deepStrictEqual(backlog, { waiting: 0, oldest: Option.none() })
    }))

  it.effect("mails are listed newest first, by account and status, from a position on", () =>
    Effect.gen(function*() {
      const now = newDay()
      const account = anAccount()
      const [a, b] = [aMail({ accountId: account.id, queuedAt: now }), aMail({ accountId: account.id, queuedAt: now })]
      yield* queue(a, b)
      const later = after(now, "-1 minutes")
      const sent = yield* attempted(later, { _tag: "Sent" })
      const refused = yield* attempted(later, { _tag: "Refused", reason: "550" })
      const accountId = Option.some(account.id)
      const own = ids([refused, sent, b, a])
      /** Of those above. Other tests have queued mails before. */
      const listed = (fields: Partial<MailQuery>) =>
        Effect.map(list(fields), ({ items }) => ids(items).filter((id) => own.includes(id)))
      assert.deepStrictEqual(yield* listed({}), own)
      assert.deepStrictEqual((yield* list({ accountId })).items, [b, a])
      assert.deepStrictEqual((yield* list({ accountId, status: Option.some("sent") })).items, [])
      assert.deepStrictEqual(yield* listed({ status: Option.some("sent") }), [sent.id])
      assert.deepStrictEqual(yield* listed({ status: Option.some("refused") }), [refused.id])
      assert.deepStrictEqual(yield* listed({ status: Option.some("waiting") }), ids([b, a]))
      const first = yield* list({ limit: 2 })
      assert.deepStrictEqual([ids(first.items), first.next], [ids([refused, sent]), Option.some(sent.id)])
      const second = yield* list({ limit: 2, after: first.next })
      assert.deepStrictEqual(ids(second.items), ids([b, a]))
      const last = yield* list({ limit: 2, accountId })
      assert.deepStrictEqual([ids(last.items), last.next], [ids([b, a]), Option.none()])
    }))

  it.effect("the backlog is what waits and is still of use, since the oldest", () =>
    Effect.gen(function*() {
      const directory = yield* Directory
      const now = newDay()
      yield* queued(now, { giveUpAt: after(now, "1 minute") })
      yield* queued(after(now, "1 second"))
      yield* queued(after(now, "2 seconds"))
      assert.deepStrictEqual(yield* directory.mailBacklog(after(now, "30 seconds")), {
        waiting: 3,
        oldest: Option.some(now)
      })
      assert.deepStrictEqual(yield* directory.mailBacklog(after(now, "1 minute")), {
        waiting: 2,
        oldest: Option.some(after(now, "1 second"))
      })
      yield* (yield* Outbox).expire({ now: after(now, "2 days"), limit: 100 })
    }))
}
