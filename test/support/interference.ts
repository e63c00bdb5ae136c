/**
 * Interference: somebody else's changes of an account that happen just before those of the services.
 */
import { DateTime, Effect, Layer, Option, Ref, Result } from "effect"
import type { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import { DisplayName } from "../../src/domain/model/Account.ts"
import type { Account } from "../../src/domain/model/Account.ts"
import type { AuditAction } from "../../src/domain/model/Audit.ts"
import type { Session } from "../../src/domain/model/Session.ts"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { FactorStore } from "../../src/ports/FactorStore.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import { aFactor, anEmail, anEvent, START } from "./builders.ts"
import { signUp } from "./people.ts"
import { changing } from "./stores.ts"
import * as TestServices from "./TestServices.ts"

export const OTHER_PASSWORD = "the password of somebody else"

type Needed = Accounts | AccountStore | FactorStore | SessionStore

type Interference = (account: Account) => Effect.Effect<unknown, unknown, Needed>

const changeOf = ({ id }: Account) => ({
  id,
  precondition: { _tag: "Exists" },
  updatedAt: START,
  endSessions: false,
  commit: { audit: anEvent() }
} as const)

let names = 0

export const rename: Interference = Effect.fnUntraced(function*(account) {
  const store = yield* AccountStore
  yield* store.updateAccount({ ...changeOf(account), displayName: DisplayName.make(`Renamed ${names += 1}`) })
})

export const move: Interference = Effect.fnUntraced(function*(account) {
  const store = yield* AccountStore
  yield* store.updateAccount({ ...changeOf(account), email: anEmail() })
})

/** The same from a session, which alone goes on. */
export const moveFrom = ({ id }: Session): Interference =>
  Effect.fnUntraced(function*(account) {
    const store = yield* AccountStore
    const updatedAt = yield* DateTime.now
    yield* store.updateAccount({
      ...changeOf(account),
      email: anEmail(),
      updatedAt,
      endSessions: true,
      keepSession: id
    })
  })

export const verify: Interference = Effect.fnUntraced(function*(account) {
  const store = yield* AccountStore
  yield* store.updateAccount({ ...changeOf(account), emailVerified: true })
})

/** Gives the account a second factor, confirmed now. */
export const enrol: Interference = Effect.fnUntraced(function*(account) {
  const store = yield* FactorStore
  const stored = aFactor(account, { confirmedAt: yield* DateTime.now })
  yield* store.insert({ stored, precondition: { _tag: "Exists" }, commit: { audit: anEvent() } })
})

export const endSessions: Interference = Effect.fnUntraced(function*({ id }) {
  const store = yield* SessionStore
  yield* store.endAllSessions({ accountId: id, now: START, commit: { audit: anEvent() } })
})

/** A hash that verifies this password, of an account of its own. */
const hashOf = Effect.fnUntraced(function*(text?: string) {
  const store = yield* AccountStore
  const { id } = yield* signUp(anEmail(), text)
  return Option.getOrThrow(yield* store.findAccountWithPassword(id)).passwordHash
})

export const changePassword: Interference = Effect.fnUntraced(function*(account) {
  const store = yield* AccountStore
  const passwordHash = yield* hashOf(OTHER_PASSWORD)
  yield* store.updateAccount({ ...changeOf(account), passwordHash, endSessions: true })
})

/** The same password in another hash, as a sign-in stores it after the parameters have changed. */
export const rehash: Interference = Effect.fnUntraced(function*({ id }) {
  const store = yield* AccountStore
  const { passwordHash } = Option.getOrThrow(yield* store.findAccountWithPassword(id))
  yield* store.replacePasswordHash({ accountId: id, from: passwordHash, to: yield* hashOf() })
})

/** Runs an effect while others interfere, each just before a change reaches the store. Counts the hashes. */
export const amid = Effect.fnUntraced(function*<A, E extends { readonly _tag: string }, R>(
  account: Account,
  interferences: ReadonlyArray<Interference>,
  deed: Effect.Effect<A, E, R>,
  argon2 = TestServices.CHEAP_ARGON2
) {
  const services = yield* Effect.context<Needed>()
  const waiting = [...interferences]
  const interfere = Effect.suspend(() => {
    const next = waiting.shift()
    return next === undefined ? Effect.void : Effect.asVoid(Effect.orDie(Effect.provide(next(account), services)))
  })
  const interfered = changing(AccountStore, (store) => ({
    updateAccount: (update) => Effect.andThen(interfere, store.updateAccount(update)),
    deleteAccount: (input) => Effect.andThen(interfere, store.deleteAccount(input))
  })).pipe(
    Layer.provide(changing(SessionStore, (store) => ({
      insertSession: (input) => Effect.andThen(interfere, store.insertSession(input))
    }))),
    Layer.provide(changing(FactorStore, (store) => ({
      insert: (input) => Effect.andThen(interfere, store.insert(input)),
      remove: (input) => Effect.andThen(interfere, store.remove(input))
    })))
  )
  return yield* Effect.gen(function*() {
    const result = yield* Effect.result(deed)
    return {
      answer: Result.isSuccess(result) ? "granted" : result.failure._tag,
      hashes: yield* Effect.flatMap(TestServices.HashCount, Ref.get)
    }
  }).pipe(
    Effect.provide(TestServices.layerCountingOver(interfered, argon2), { local: true })
  )
})

export const countOf = Effect.fnUntraced(function*(account: Account, action: AuditAction) {
  const review = yield* AuditReview
  const filter = { accountId: Option.some(account.id), action: Option.some(action), since: Option.none() }
  return (yield* review.list(filter, { limit: 100, after: Option.none() })).items.length
})
