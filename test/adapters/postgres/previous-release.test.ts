/** Servers of the previous release work on beside this one, on the schema that this one has migrated. */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Option } from "effect"
import { PostgresClient } from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import { AuditReview } from "../../../src/domain/audit/AuditReview.ts"
import { actorText, canonicalText, CHAIN_START } from "../../../src/domain/model/Audit.ts"
import type { AuditEvent } from "../../../src/domain/model/Audit.ts"
import { BY_PASSWORD } from "../../../src/domain/model/Authentication.ts"
import type { Session } from "../../../src/domain/model/Session.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { AuditLog } from "../../../src/ports/AuditLog.ts"
import { Retention } from "../../../src/ports/Retention.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { TokenSigner } from "../../../src/ports/TokenSigner.ts"
import { anAccount, anEvent, anInsertion, aSession, aStart } from "../../support/builders.ts"
import { postgresStores } from "../../support/stores.ts"
import { clientAt } from "./TestClient.ts"

const linked = (previous: string) => `encode(sha256(convert_to(${previous} || $2::text, 'UTF8')), 'hex')`

/** How release 0.1.0 records an event. */
const recordAsBefore = `
  WITH head AS (
    INSERT INTO audit_chains (chain, sequence, hash) SELECT $1, 1, ${linked(`'${CHAIN_START}'`)}
    ON CONFLICT (chain) DO UPDATE SET sequence = audit_chains.sequence + 1, hash = ${linked("audit_chains.hash")}
    RETURNING chain, sequence, hash
  )
  INSERT INTO audit_log (chain, sequence, hash, id, occurred_at, actor, action, account_id, changed, client_address)
  SELECT chain, sequence, hash, $3, $4, $5, $6, $7, '', $8 FROM head`

const appendAsBefore = Effect.fnUntraced(function*(event: AuditEvent) {
  const { run } = yield* PostgresClient
  yield* run("Postgres.recordAsBefore", (connection) =>
    connection.query(recordAsBefore, [
      event.chain,
      canonicalText(event),
      event.id,
      DateTime.toDateUtc(event.occurredAt),
      actorText(event.actor),
      event.action,
      event.accountId,
      event.clientAddress
    ]))
})

/** How release 0.1.0 saves a session, and notes that it was used. */
const signInAsBefore = Effect.fnUntraced(function*(session: Session) {
  const { run } = yield* PostgresClient
  yield* run("Postgres.signInAsBefore", (connection) =>
    connection.query(
      `INSERT INTO sessions (id, account_id, epoch, created_at, last_used_at, authenticated_at, expires_at)
        VALUES ($1, $2, 0, $3, $3, $3, $4)`,
      [session.id, session.accountId, DateTime.toDateUtc(session.createdAt), DateTime.toDateUtc(session.expiresAt)]
    ))
})

const useAsBefore = Effect.fnUntraced(function*({ id }: Session, expiresAt: DateTime.Utc) {
  const { run } = yield* PostgresClient
  const statement = "UPDATE sessions SET expires_at = greatest(expires_at, $2) WHERE id = $1"
  yield* run("Postgres.useAsBefore", (connection) => connection.query(statement, [id, DateTime.toDateUtc(expiresAt)]))
})

const stores = AuditReview.layer.pipe(
  Layer.provide(Layer.mock(TokenSigner, { keyIds: ["k1"] })),
  Layer.provideMerge(postgresStores),
  Layer.provideMerge(clientAt("read committed"))
)

describe("beside the previous release", () => {
  it.effect("both record into the same chains, at the same time, and what they recorded verifies", () =>
    Effect.gen(function*() {
      const log = yield* AuditLog
      const review = yield* AuditReview
      const account = anAccount()
      const recordings = Array.from(
        { length: 20 },
        (_, index) => (index % 2 === 0 ? appendAsBefore : log.append)(anEvent({ account }))
      )
      yield* Effect.all(recordings, { concurrency: "unbounded" })
      const { breaks, entries } = yield* review.verify(() => Effect.void)
      assert.deepStrictEqual([breaks, entries], [[], 20])
    }).pipe(Effect.provide(stores)))

  it.effect("a server of before that verifies an email and then changes it leaves the account proven", () =>
    Effect.gen(function*() {
      const { run } = yield* PostgresClient
      const store = yield* AccountStore
      const account = anAccount()
      yield* store.insertAccount(anInsertion(account))
      const isProven = Effect.map(
        store.findAccountWithPassword(account.id),
        (found) => Option.getOrThrow(found).isProven
      )
      const proven = [yield* isProven]
      for (const verified of [true, false]) {
        const statement = "UPDATE accounts SET email_verified = $2 WHERE id = $1"
        yield* run("Postgres.verifyAsBefore", (connection) => connection.query(statement, [account.id, verified]))
        proven.push(yield* isProven)
      }
      assert.deepStrictEqual(proven, [false, true, true])
    }).pipe(Effect.provide(stores)))

  it.effect("either reads the other's sessions, and forgets them when they are over and not before", () =>
    Effect.gen(function*() {
      const accountStore = yield* AccountStore
      const retention = yield* Retention
      const sessionStore = yield* SessionStore
      const account = anAccount()
      yield* accountStore.insertAccount(anInsertion(account))
      const [over, used, newer] = [aSession(account), aSession(account), aSession(account)]
      const extended = DateTime.addDuration(over.expiresAt, "1 hour")
      yield* signInAsBefore(over)
      yield* signInAsBefore(used)
      yield* sessionStore.insertSession(aStart(newer))
      yield* useAsBefore(used, extended)
      yield* useAsBefore(newer, extended)
      const present = Effect.map(
        Effect.forEach([over, used, newer], ({ id }) => sessionStore.findSession(id)),
        (found) => found.map(Option.isSome)
      )
      const prune = (now: DateTime.Utc) => retention.prune("sessions", { asOf: now, limit: 10 })

      assert.deepInclude(Option.getOrThrow(yield* sessionStore.findSession(used.id)).session, {
        ...BY_PASSWORD,
        elevatedUntil: undefined
      })
      assert.strictEqual(yield* prune(DateTime.subtractDuration(over.expiresAt, "1 milli")), 0)
      assert.strictEqual(yield* prune(over.expiresAt), 1)
      assert.deepStrictEqual(yield* present, [false, true, true])
      assert.strictEqual(yield* prune(DateTime.subtractDuration(extended, "1 milli")), 0)
      assert.strictEqual(yield* prune(extended), 2)
    }).pipe(Effect.provide(stores)))
})
