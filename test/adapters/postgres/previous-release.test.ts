/** Servers of the previous release work on beside this one, on the schema that this one has migrated. */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer } from "effect"
import * as PostgresAuditLog from "../../../src/adapters/postgres/PostgresAuditLog.ts"
import { PostgresClient } from "../../../src/adapters/postgres/PostgresClient.ts"
import { actorText, canonicalText, CHAIN_START } from "../../../src/domain/model/Audit.ts"
import type { AuditEvent } from "../../../src/domain/model/Audit.ts"
import { AuditTrail } from "../../../src/domain/services/AuditTrail.ts"
import { AuditLog } from "../../../src/ports/AuditLog.ts"
import { IdGenerator } from "../../../src/ports/IdGenerator.ts"
import { TokenSigner } from "../../../src/ports/TokenSigner.ts"
import { anAccount, anEvent } from "../../support/builders.ts"
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

const stores = AuditTrail.layer.pipe(
  Layer.provide([Layer.mock(IdGenerator, {}), Layer.mock(TokenSigner, {})]),
  Layer.provideMerge(PostgresAuditLog.layer),
  Layer.provideMerge(clientAt("read committed"))
)

describe("beside the previous release", () => {
  it.effect("both record into the same chains, at the same time, and what they recorded verifies", () =>
    Effect.gen(function*() {
      const log = yield* AuditLog
      const trail = yield* AuditTrail
      const account = anAccount()
      const recordings = Array.from(
        { length: 20 },
        (_, index) => (index % 2 === 0 ? appendAsBefore : log.append)(anEvent({ account }))
      )
      yield* Effect.all(recordings, { concurrency: "unbounded" })
      const { breaks, entries } = yield* trail.verify(() => Effect.void)
      assert.deepStrictEqual([breaks, entries], [[], 20])
    }).pipe(Effect.provide(stores)))
})
