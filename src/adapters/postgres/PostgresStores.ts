/**
 * All stores on Postgres or a compatible database: they need no foreign keys, triggers, sequences, advisory locks or
 * extensions.
 *
 * The database decides races, at any of its isolation levels. Claims are rows with a primary key, changes are
 * conditional, and an operation that loses a conflict is repeated from the start.
 */
import { Context, Effect, Layer } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import { AccountTransfer } from "../../ports/AccountTransfer.ts"
import { ApiKeyStore } from "../../ports/ApiKeyStore.ts"
import { AuditLog } from "../../ports/AuditLog.ts"
import { ChallengeStore } from "../../ports/ChallengeStore.ts"
import { Directory } from "../../ports/Directory.ts"
import { FactorStore } from "../../ports/FactorStore.ts"
import { GuessBudgets } from "../../ports/GuessBudgets.ts"
import { IdempotencyStore } from "../../ports/IdempotencyStore.ts"
import { Leases } from "../../ports/Leases.ts"
import { Outbox } from "../../ports/Outbox.ts"
import { Retention } from "../../ports/Retention.ts"
import { SessionStore } from "../../ports/SessionStore.ts"
import { StoreClock } from "../../ports/StoreClock.ts"
import { Stores } from "../../ports/Stores.ts"
import * as PostgresAccountStore from "./accounts/PostgresAccountStore.ts"
import * as PostgresAccountTransfer from "./accounts/PostgresAccountTransfer.ts"
import * as PostgresApiKeyStore from "./admin/PostgresApiKeyStore.ts"
import * as PostgresChallengeStore from "./challenges/PostgresChallengeStore.ts"
import { PostgresClient } from "./connection/PostgresClient.ts"
import * as PostgresDirectory from "./directory/PostgresDirectory.ts"
import * as PostgresFactorStore from "./factors/PostgresFactorStore.ts"
import * as PostgresAuditLog from "./ledger/PostgresAuditLog.ts"
import * as PostgresGuessBudgets from "./ledger/PostgresGuessBudgets.ts"
import * as PostgresIdempotencyStore from "./ledger/PostgresIdempotencyStore.ts"
import * as PostgresOutbox from "./mail/PostgresOutbox.ts"
import * as PostgresSessionStore from "./sessions/PostgresSessionStore.ts"
import * as PostgresLeases from "./upkeep/PostgresLeases.ts"
import * as PostgresRetention from "./upkeep/PostgresRetention.ts"
import * as PostgresStoreClock from "./upkeep/PostgresStoreClock.ts"

export const layer: Layer.Layer<AccountTransfer | Directory | Retention | Stores, never, PostgresClient> = Layer
  .effectContext(
    Effect.gen(function*() {
      const client = yield* PostgresClient
      const stores = Context.make(AccountStore, PostgresAccountStore.make(client)).pipe(
        Context.add(GuessBudgets, PostgresGuessBudgets.make(client)),
        Context.add(ApiKeyStore, PostgresApiKeyStore.make(client)),
        Context.add(AuditLog, PostgresAuditLog.make(client)),
        Context.add(ChallengeStore, PostgresChallengeStore.make(client)),
        Context.add(FactorStore, PostgresFactorStore.make(client)),
        Context.add(IdempotencyStore, PostgresIdempotencyStore.make(client)),
        Context.add(Leases, PostgresLeases.make(client)),
        Context.add(Outbox, PostgresOutbox.make(client)),
        Context.add(SessionStore, yield* PostgresSessionStore.make(client)),
        Context.add(StoreClock, PostgresStoreClock.make(client))
      )
      return Context.make(Stores, stores).pipe(
        Context.add(AccountTransfer, PostgresAccountTransfer.make(client)),
        Context.add(Directory, PostgresDirectory.make(client)),
        Context.add(Retention, PostgresRetention.make(client))
      )
    })
  )
