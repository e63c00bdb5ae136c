/**
 * Stores on a minimal key-value database: the proof that the ports need no more. They have no directory and delete
 * nothing. Sessions are counted outside the step that changes them.
 *
 * Each mutation runs the operation of the stores in memory on copies of a few items.
 */
import { Clock, Context, DateTime, Effect, Layer, Option } from "effect"
import * as MemoryApiKeyStore from "../../../src/adapters/memory/MemoryApiKeyStore.ts"
import * as MemoryAuditLog from "../../../src/adapters/memory/MemoryAuditLog.ts"
import * as MemoryGuessBudgets from "../../../src/adapters/memory/MemoryGuessBudgets.ts"
import * as MemoryIdempotencyStore from "../../../src/adapters/memory/MemoryIdempotencyStore.ts"
import * as MemoryLeases from "../../../src/adapters/memory/MemoryLeases.ts"
import { digest } from "../../../src/adapters/memory/MemoryState.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { ApiKeyStore } from "../../../src/ports/ApiKeyStore.ts"
import { AuditLog } from "../../../src/ports/AuditLog.ts"
import { ChallengeStore } from "../../../src/ports/ChallengeStore.ts"
import { FactorStore } from "../../../src/ports/FactorStore.ts"
import { GuessBudgets } from "../../../src/ports/GuessBudgets.ts"
import { IdempotencyStore } from "../../../src/ports/IdempotencyStore.ts"
import { Leases } from "../../../src/ports/Leases.ts"
import { Outbox } from "../../../src/ports/Outbox.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { StoreClock } from "../../../src/ports/StoreClock.ts"
import { Stores } from "../../../src/ports/Stores.ts"
import { makeKeyValues } from "./KeyValues.ts"
import type { KeyValues } from "./KeyValues.ts"
import * as PoorAccountStore from "./PoorAccountStore.ts"
import * as PoorChallengeStore from "./PoorChallengeStore.ts"
import { keysOf, loadCommit } from "./PoorCommits.ts"
import * as PoorFactorStore from "./PoorFactorStore.ts"
import * as PoorOutbox from "./PoorOutbox.ts"
import * as PoorSessionStore from "./PoorSessionStore.ts"

const apiKeyStore = ({ inStep, read }: KeyValues): ApiKeyStore["Service"] =>
  ApiKeyStore.of({
    insert: (input) =>
      inStep((step) =>
        Effect.andThen(loadCommit(step, input.commit), MemoryApiKeyStore.make(step.state).insert(input))
      ),
    find: (id) => read(({ apiKeys }) => Option.fromUndefinedOr(apiKeys.get(id))),
    roll: (input) =>
      inStep((step) =>
        Effect.andThen(
          Effect.andThen(step.apiKeys([input.id]), loadCommit(step, input.commit)),
          MemoryApiKeyStore.make(step.state).roll(input)
        )
      ),
    noteUse: (input) =>
      inStep((step) => Effect.andThen(step.apiKeys([input.id]), MemoryApiKeyStore.make(step.state).noteUse(input))),
    remove: (input) =>
      inStep((step) =>
        Effect.andThen(
          Effect.andThen(step.apiKeys([input.id]), loadCommit(step, input.commit)),
          MemoryApiKeyStore.make(step.state).remove(input)
        )
      )
  })

const auditLog = ({ inStep, read }: KeyValues): AuditLog["Service"] =>
  AuditLog.of({
    append: (event) =>
      inStep((step) => Effect.andThen(step.heads([event.chain]), MemoryAuditLog.make(step.state).append(event))),
    chains: (parts) => Effect.flatten(read((disk) => MemoryAuditLog.make(disk).chains(parts))),
    digest
  })

const idempotencyStore = ({ inStep }: KeyValues): IdempotencyStore["Service"] =>
  IdempotencyStore.of({
    claim: (claim) =>
      inStep((step) =>
        Effect.andThen(step.requests([claim.key]), MemoryIdempotencyStore.make(step.state).claim(claim))
      ),
    release: (claim) =>
      inStep((step) =>
        Effect.andThen(step.requests([claim.key]), MemoryIdempotencyStore.make(step.state).release(claim))
      )
  })

const leases = ({ inStep }: KeyValues): Leases["Service"] =>
  Leases.of({
    acquire: (lease) =>
      inStep((step) => Effect.andThen(step.leases([lease.name]), MemoryLeases.make(step.state).acquire(lease))),
    release: (lease) =>
      inStep((step) => Effect.andThen(step.leases([lease.name]), MemoryLeases.make(step.state).release(lease)))
  })

const guessBudgets = ({ inStep }: KeyValues): GuessBudgets["Service"] =>
  GuessBudgets.of({
    reserve: (request) =>
      inStep(({ budgets, state }) => {
        const { shared } = request
        const parts = shared === undefined ? [] : [shared.open, shared.kept, ...(shared.from ? [shared.from] : [])]
        return Effect.andThen(
          budgets([...request.budgets, ...parts].map(({ key }) => key)),
          MemoryGuessBudgets.make(state).reserve(request)
        )
      }),
    pass: (attempt) =>
      inStep(({ budgets, state }) =>
        Effect.andThen(
          budgets([...keysOf(attempt.reservation), ...(attempt.successes ? [attempt.successes.key] : [])]),
          MemoryGuessBudgets.make(state).pass(attempt)
        )
      ),
    giveBack: (attempt) =>
      inStep(({ budgets, state }) =>
        Effect.andThen(budgets(keysOf(attempt.reservation)), MemoryGuessBudgets.make(state).giveBack(attempt))
      )
  })

export const layer: Layer.Layer<Stores> = Layer.effect(
  Stores,
  Effect.map(Clock.Clock, (clock) => {
    const keyValues = makeKeyValues()
    const budgets = guessBudgets(keyValues)
    return Context.make(AccountStore, PoorAccountStore.make(keyValues, budgets)).pipe(
      Context.add(GuessBudgets, budgets),
      Context.add(ChallengeStore, PoorChallengeStore.make(keyValues)),
      Context.add(ApiKeyStore, apiKeyStore(keyValues)),
      Context.add(AuditLog, auditLog(keyValues)),
      Context.add(FactorStore, PoorFactorStore.make(keyValues)),
      Context.add(IdempotencyStore, idempotencyStore(keyValues)),
      Context.add(Leases, leases(keyValues)),
      Context.add(Outbox, PoorOutbox.make(keyValues)),
      Context.add(SessionStore, PoorSessionStore.make(keyValues)),
      Context.add(StoreClock, { read: Effect.sync(() => DateTime.makeUnsafe(clock.currentTimeMillisUnsafe())) })
    )
  })
)
