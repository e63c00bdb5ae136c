/**
 * The contract of audit logs: events are recorded together with the change that they describe or not at all, entries
 * come back as they were written, chains have no gap, and no entry can be changed unnoticed.
 */
import { assert, layer } from "@effect/vitest"
import { Arbitrary, DateTime, Effect } from "effect"
import type { Layer } from "effect"
import { AuditEvent, canonicalText, CHAIN_START } from "../../src/domain/model/Audit.ts"
import type { StoredEntry } from "../../src/domain/model/Audit.ts"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { AuditLog } from "../../src/ports/AuditLog.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import { anAccount, anEvent, anInsertion, aSession, aStart, atVersion, START } from "../support/builders.ts"
import { events, linksOf } from "./audit-log/entries.ts"

const eventOf = ({ event }: StoredEntry): AuditEvent => {
  assert.isDefined(event)
  return event
}

const LAST = DateTime.makeUnsafe("2199-12-31T23:59:59.999Z")

/** Events of any kind, at realistic times, with texts that every database can hold. */
const recordable = Arbitrary.schema(AuditEvent).pipe(Arbitrary.map((event) =>
  AuditEvent.make({
    ...event,
    occurredAt: DateTime.makeUnsafe(Math.abs(event.occurredAt.epochMilliseconds) % LAST.epochMilliseconds),
    actor: event.actor.type === "admin" ? { ...event.actor, name: storable(event.actor.name) } : event.actor,
    requestId: event.requestId === undefined ? undefined : storable(event.requestId),
    clientAddress: event.clientAddress === undefined ? undefined : storable(event.clientAddress)
  })
))

const storable = (text: string): string => text.toWellFormed().replaceAll("\0", "")

export const auditLogContract = <E>(
  name: string,
  stores: Layer.Layer<AuditLog | AccountStore | SessionStore, E>
): void => {
  layer(stores)(`${name} audit log`, (it) => {
    it.effect("an event comes back as it was recorded, linked to the one before", () =>
      Effect.gen(function*() {
        const log = yield* AuditLog
        const account = anAccount()
        const [first, second] = [anEvent({ account }), anEvent({ account, action: "account.disabled" })]
        yield* log.append(first)
        yield* log.append(second)
        const firstHash = log.digest(CHAIN_START + canonicalText(first))
        const secondHash = log.digest(firstHash + canonicalText(second))
        const links = yield* linksOf(account.id)
        assert.deepStrictEqual(
          links,
          [
            { id: first.id, chain: account.id, event: first, hash: firstHash, sequence: 1 },
            { id: second.id, chain: account.id, event: second, hash: secondHash, sequence: 2 }
          ]
        )
      }))

    it.effect.prop(
      "every event comes back as it was recorded, and verifies",
      { event: recordable },
      ({ event }) =>
        Effect.gen(function*() {
          const log = yield* AuditLog
          const chain = anAccount().id
          const recorded = AuditEvent.make({ ...event, id: anEvent().id, chain })
          yield* log.append(recorded)
          const hash = log.digest(CHAIN_START + canonicalText(recorded))
          assert.deepStrictEqual(yield* linksOf(chain), [{
            id: recorded.id,
            chain,
            event: recorded,
            hash,
            sequence: 1
          }])
        }),
      { arbitrary: { runs: 50 } }
    )

    it.effect("the digest is SHA-256 in hexadecimal, over UTF-8", () =>
      Effect.gen(function*() {
        const log = yield* AuditLog
        assert.strictEqual(log.digest("ü"), "607474ca475a9724d7360aba71a56d5df77e61350e3f724cfa1f46e857e2d85f")
      }))

    it.effect("events recorded at the same time form one chain without gaps", () =>
      Effect.gen(function*() {
        const log = yield* AuditLog
        const account = anAccount()
        yield* Effect.forEach(
          Array.from({ length: 30 }, () => anEvent({ account })),
          log.append,
          { concurrency: "unbounded" }
        )
        let hash = CHAIN_START
        for (const [index, link] of (yield* linksOf(account.id)).entries()) {
          hash = log.digest(hash + canonicalText(eventOf(link)))
          assert.deepStrictEqual([link.sequence, link.hash], [index + 1, hash])
        }
        assert.lengthOf(yield* linksOf(account.id), 30)
      }))

    it.effect("[P7] a change and its entry come together, and what is refused leaves no entry", () =>
      Effect.gen(function*() {
        const accountStore = yield* AccountStore
        const sessionStore = yield* SessionStore
        const account = anAccount()
        const created = anInsertion(account)
        yield* accountStore.insertAccount(created)
        yield* Effect.flip(
          accountStore.insertAccount({ ...anInsertion(account), commit: { audit: anEvent({ account }) } })
        )
        const session = aStart(aSession(account))
        yield* sessionStore.insertSession(session)
        const change = { accountId: account.id, ids: [session.session.id], now: START }
        const ended = anEvent({ account, action: "session.ended" })
        yield* sessionStore.endSessions({ ...change, commit: { audit: ended } })
        yield* sessionStore.endSessions({ ...change, commit: { audit: anEvent({ account }) } })
        const revoked = anEvent({ account, action: "sessions.revoked" })
        yield* sessionStore.endAllSessions({ ...change, commit: { audit: revoked } })
        yield* sessionStore.insertSession(aStart(aSession(account)))
        const stale = { id: account.id, precondition: atVersion(7), commit: { audit: anEvent({ account }) } }
        yield* Effect.flip(accountStore.updateAccount({ ...stale, updatedAt: START, endSessions: true }))
        yield* Effect.flip(accountStore.deleteAccount({ ...stale, now: START }))
        yield* sessionStore.endOldestSessions({
          accountId: account.id,
          keep: 9,
          now: START,
          commit: { audit: anEvent({ account }) }
        })
        const deleted = anEvent({ account, action: "account.deleted" })
        yield* accountStore.deleteAccount({
          id: account.id,
          precondition: atVersion(1),
          now: START,
          commit: { audit: deleted }
        })
        assert.deepStrictEqual(
          events(yield* linksOf(account.id)),
          [created.commit.audit, session.commit.audit, ended, revoked, deleted]
        )
      }))

    it.effect("of inserts that race for an email only the winner's is recorded", () =>
      Effect.gen(function*() {
        const store = yield* AccountStore
        const { email } = anAccount()
        const insertions = Array.from({ length: 10 }, () => anInsertion(anAccount({ email })))
        const exits = yield* Effect.forEach(
          insertions,
          (insertion) => Effect.exit(store.insertAccount(insertion)),
          { concurrency: "unbounded" }
        )
        for (const [index, insertion] of insertions.entries()) {
          const expected = exits.at(index)?._tag === "Success" ? [insertion.commit.audit] : []
          assert.deepStrictEqual(events(yield* linksOf(insertion.account.id)), expected)
        }
      }))
    it.effect("parts of several chains are read together, in the order in which they are asked for", () =>
      Effect.gen(function*() {
        const log = yield* AuditLog
        const [one, other] = [anAccount(), anAccount()]
        const of = (account: typeof one) => [anEvent({ account }), anEvent({ account }), anEvent({ account })]
        const [first, second] = [of(one), of(other)]
        for (const event of [...first, ...second]) yield* log.append(event)
        const found = yield* log.chains([
          { chain: other.id, afterSequence: 1, limit: 10 },
          { chain: "absent", afterSequence: 0, limit: 10 },
          { chain: one.id, afterSequence: 0, limit: 2 }
        ])
        assert.deepStrictEqual(events(found), [...second.slice(1), ...first.slice(0, 2)])
        assert.deepStrictEqual(yield* log.chains([]), [])
      }))
    it.effect("a chain is read in parts", () =>
      Effect.gen(function*() {
        const log = yield* AuditLog
        const account = anAccount()
        const recorded = [anEvent({ account }), anEvent({ account }), anEvent({ account })]
        for (const event of recorded) yield* log.append(event)
        const part = yield* log.chains([{ chain: account.id, afterSequence: 1, limit: 1 }])
        assert.deepStrictEqual(events(part), recorded.slice(1, 2))
      }))
  })
}
