/**
 * What every audit log promises: events are recorded with what they describe or not at all, entries come back as they
 * were written, chains have no gap and no entry can be changed unnoticed.
 */
import { assert, layer } from "@effect/vitest"
import { Arbitrary, DateTime, Effect, Option } from "effect"
import type { Layer } from "effect"
import { AuditEvent, canonicalText, CHAIN_START } from "../../src/domain/model/Audit.ts"
import type { StoredEntry } from "../../src/domain/model/Audit.ts"
import { AuditLog } from "../../src/ports/AuditLog.ts"
import type { AuditQuery } from "../../src/ports/AuditLog.ts"
import { IdentityStore } from "../../src/ports/IdentityStore.ts"
import { anAccount, anEvent, anInsertion, aSession, aStart, atVersion, START } from "../support/builders.ts"

const query = (fields: Partial<AuditQuery>): AuditQuery => ({
  limit: 100,
  after: Option.none(),
  accountId: Option.none(),
  action: Option.none(),
  since: Option.none(),
  ...fields
})

const linksOf = Effect.fnUntraced(function*(chain: string) {
  const log = yield* AuditLog
  return yield* log.chain({ chain, afterSequence: 0, limit: 1000 })
})

const stateOf = Effect.fnUntraced(function*(chain: string) {
  const log = yield* AuditLog
  const states = yield* log.chains({ limit: 1000, after: Option.none() })
  return states.find((state) => state.chain === chain)
})

/** A chain from its first entry to its end. */
const wholeChain = (chain: string, sequence: number, hash: string) => ({
  chain,
  head: Option.some({ chain, sequence, hash }),
  start: { sequence: 0, hash: CHAIN_START },
  span: Option.some({ first: 1, last: sequence })
})

const eventOf = ({ event }: StoredEntry): AuditEvent => {
  assert.isDefined(event)
  return event
}

const LAST = DateTime.makeUnsafe("2199-12-31T23:59:59.999Z")

/** Events of any kind, within lifetimes of this software, of texts that every database can hold. */
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

const events = (entries: ReadonlyArray<StoredEntry>) => entries.map((entry) => entry.event)

export const auditLogContract = <E>(name: string, stores: Layer.Layer<AuditLog | IdentityStore, E>): void => {
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
        assert.deepStrictEqual(yield* stateOf(account.id), wholeChain(account.id, 2, secondHash))
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
        assert.deepStrictEqual(yield* stateOf(account.id), wholeChain(account.id, 30, hash))
      }))

    it.effect("[P7] a change and its entry come together, and what is refused leaves no entry", () =>
      Effect.gen(function*() {
        const store = yield* IdentityStore
        const account = anAccount()
        const created = anInsertion(account)
        yield* store.insertAccount(created)
        yield* Effect.flip(store.insertAccount({ ...anInsertion(account), commit: { audit: anEvent({ account }) } }))
        const session = aStart(aSession(account))
        yield* store.insertSession(session)
        const change = { accountId: account.id, id: session.session.id, now: START }
        const ended = anEvent({ account, action: "session.ended" })
        yield* store.endSession({ ...change, commit: { audit: ended } })
        yield* store.endSession({ ...change, commit: { audit: anEvent({ account }) } })
        const revoked = anEvent({ account, action: "sessions.revoked" })
        yield* store.endAllSessions({ ...change, commit: { audit: revoked } })
        yield* store.insertSession(aStart(aSession(account)))
        const stale = { id: account.id, precondition: atVersion(7), commit: { audit: anEvent({ account }) } }
        yield* Effect.flip(store.updateAccount({ ...stale, updatedAt: START, endSessions: true }))
        yield* Effect.flip(store.deleteAccount({ ...stale, now: START }))
        yield* store.endOldestSessions({
          accountId: account.id,
          keep: 9,
          limit: 9,
          now: START,
          commit: { audit: anEvent({ account }) }
        })
        const matching = { accountId: account.id, filter: {}, now: START, after: Option.none() }
        yield* store.endMatchingSessions({ ...matching, commit: { audit: anEvent({ account }) } })
        const deleted = anEvent({ account, action: "account.deleted" })
        yield* store.deleteAccount({
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

    it.effect("what is old is forgotten from the beginning of its chain, in steps of the limit, and the chain goes on", () =>
      Effect.gen(function*() {
        const log = yield* AuditLog
        const [account, other] = [anAccount(), anAccount()]
        const before = DateTime.subtractDuration(START, "1 day")
        const old = () => anEvent({ account, occurredAt: DateTime.subtractDuration(before, "1 milli") })
        const forget = (limit: number) => log.forget({ before, limit })
        while ((yield* forget(1000)) > 0);
        const untouched = anEvent({ account: other, occurredAt: before })
        const [first, second, young, behind] = [old(), old(), anEvent({ account }), old()]
        for (const event of [first, second, young, behind, untouched]) yield* log.append(event)
        const hashes = (yield* linksOf(account.id)).map(({ hash }) => hash)

        assert.strictEqual(yield* forget(1000), 2)
        assert.strictEqual(yield* forget(1000), 0)
        assert.deepStrictEqual(events(yield* linksOf(account.id)), [young, behind])
        assert.deepStrictEqual(events(yield* linksOf(other.id)), [untouched])
        assert.deepStrictEqual(yield* stateOf(account.id), {
          ...wholeChain(account.id, 4, hashes[3] ?? ""),
          start: { sequence: 2, hash: hashes[1] ?? "" },
          span: Option.some({ first: 3, last: 4 })
        })

        const last = anAccount()
        const ancient = anEvent({ account: last, occurredAt: DateTime.subtractDuration(before, "1 day") })
        yield* log.append(ancient)
        assert.strictEqual(yield* forget(1000), 1)
        const [gone, next] = [log.digest(CHAIN_START + canonicalText(ancient)), anEvent({ account: last })]
        assert.deepStrictEqual(yield* stateOf(last.id), {
          chain: last.id,
          head: Option.some({ chain: last.id, sequence: 1, hash: gone }),
          start: { sequence: 1, hash: gone },
          span: Option.none()
        })
        yield* log.append(next)
        const [link] = yield* linksOf(last.id)
        assert.deepStrictEqual([link?.sequence, link?.hash], [2, log.digest(gone + canonicalText(next))])
      }))

    it.effect("of inserts that race for an email only the winner's is recorded", () =>
      Effect.gen(function*() {
        const store = yield* IdentityStore
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

    it.effect("entries are listed newest first, by account, action and time, from a position on", () =>
      Effect.gen(function*() {
        const log = yield* AuditLog
        const account = anAccount()
        const later = DateTime.addDuration(START, "1 day")
        const [a, b, c] = [
          anEvent({ account, action: "session.started" }),
          anEvent({ account, action: "session.ended", occurredAt: later }),
          anEvent({ account, action: "session.started", occurredAt: later })
        ]
        for (const event of [a, b, c, anEvent({ account: anAccount() })]) yield* log.append(event)
        const accountId = Option.some(account.id)
        const listed = (fields: Partial<AuditQuery>) =>
          Effect.map(log.list(query({ accountId, ...fields })), ({ items }) => events(items))
        assert.deepStrictEqual(yield* listed({}), [c, b, a])
        assert.deepStrictEqual(yield* listed({ limit: 1, after: Option.some(c.id) }), [b])
        assert.deepStrictEqual(yield* listed({ action: Option.some("session.started") }), [c, a])
        assert.deepStrictEqual(yield* listed({ since: Option.some(later) }), [c, b])
      }))

    it.effect("chains and their entries are read in parts", () =>
      Effect.gen(function*() {
        const log = yield* AuditLog
        const account = anAccount()
        const recorded = [anEvent({ account }), anEvent({ account }), anEvent({ account })]
        for (const event of recorded) yield* log.append(event)
        const part = yield* log.chain({ chain: account.id, afterSequence: 1, limit: 1 })
        assert.deepStrictEqual(events(part), recorded.slice(1, 2))
        const all = yield* log.chains({ limit: 1000, after: Option.none() })
        const [first] = all
        assert.isDefined(first)
        const after = Option.some(first.chain)
        assert.deepStrictEqual(yield* log.chains({ limit: 1, after }), all.slice(1, 2))
        assert.deepStrictEqual(yield* log.chains({ limit: 1000, after }), all.slice(1))
      }))

    it.effect("a chain may have no name, and comes first", () =>
      Effect.gen(function*() {
        const log = yield* AuditLog
        yield* log.append(anEvent({ chain: "" }))
        const [first] = yield* log.chains({ limit: 1, after: Option.none() })
        assert.strictEqual(first?.chain, "")
        const rest = yield* log.chains({ limit: 1000, after: Option.some("") })
        assert.notInclude(rest.map(({ chain }) => chain), "")
      }))
  })
}
