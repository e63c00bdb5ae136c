/**
 * One operation on stores, and the values it chooses from.
 */
import { Effect, Option, Predicate, Result } from "effect"
import type { DateTime } from "effect"
import type { Account, AccountId } from "../../src/domain/model/Account.ts"
import type { AuditEvent } from "../../src/domain/model/Audit.ts"
import type { Email } from "../../src/domain/model/Email.ts"
import type { SessionId } from "../../src/domain/model/Session.ts"
import type { AccountStore } from "../../src/ports/AccountStore.ts"
import type { AuditLog } from "../../src/ports/AuditLog.ts"
import type { RequestCompletion } from "../../src/ports/Commit.ts"
import type { Directory } from "../../src/ports/Directory.ts"
import type { IdempotencyStore } from "../../src/ports/IdempotencyStore.ts"
import type { Retention } from "../../src/ports/Retention.ts"
import type { SessionStore } from "../../src/ports/SessionStore.ts"

export interface Stores {
  readonly accounts: AccountStore["Service"]
  readonly sessions: SessionStore["Service"]
  readonly directory: Directory["Service"]
  readonly retention: Retention["Service"]
  readonly audit: AuditLog["Service"]
  readonly requests: IdempotencyStore["Service"]
}

/** One operation on stores. It can run on any number of them. */
export interface Step {
  readonly name: string
  readonly run: (stores: Stores) => Effect.Effect<unknown, unknown>
}

/** The result of a step, as text that can be compared. */
export const outcomeOf = (step: Step, stores: Stores): Effect.Effect<string> =>
  Effect.map(
    Effect.result(step.run(stores)),
    (result) =>
      JSON.stringify(Result.isSuccess(result) ? { answers: result.success } : { fails: result.failure }, inOrder)
  )

/** The order of members is not part of a result. */
const inOrder = (_: string, value: unknown): unknown =>
  Predicate.isObject(value) && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => one < other ? -1 : 1))
    : value

/** The values that steps choose from, and the choices. */
export interface World {
  readonly lane: number
  /** A whole number from 0 up to, but without, the limit. */
  readonly below: (limit: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <A, B>(items: ReadonlyArray<A>, otherwise: B) => A | B
  /** Digits that no id had before. */
  readonly digits: () => string
  /** How many times digits were asked for. */
  readonly made: () => number
  readonly now: () => DateTime.Utc
  readonly accounts: Array<AccountId>
  readonly sessions: Array<SessionId>
  readonly keys: Array<{ readonly key: string; readonly owner: string }>
  readonly anyEmail: () => Email
  readonly anAccount: () => AccountId
  readonly aSession: () => SessionId
  readonly anEvent: (accountId: AccountId, action?: AuditEvent["action"]) => AuditEvent
  readonly completion: () => { readonly request?: RequestCompletion }
}

/** How often a kind of step comes, and how one is made. */
export type StepMaker = readonly [weight: number, make: (world: World) => Step]

/**
 * Versions and epochs are guessed near the truth, which the step reads where it runs: the stores must agree on it too.
 */
export const withAccount =
  (id: AccountId, use: (account: Account) => (stores: Stores) => Effect.Effect<unknown, unknown>) =>
  (stores: Stores): Effect.Effect<unknown, unknown> =>
    Effect.flatMap(
      stores.accounts.findAccount(id),
      (found) =>
        Effect.suspend((): Effect.Effect<unknown, unknown> =>
          Option.isNone(found) ? Effect.succeed("absent") : use(found.value)(stores)
        )
    )
