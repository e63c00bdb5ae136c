/**
 * The identity store in the memory of one process, held to the same contract as every other one.
 *
 * Each operation is one synchronous step of the event loop, which is what makes it atomic. Nothing outlives the layer.
 * For embedders' tests and for trying things out.
 */
import { DateTime, Effect, Layer, Option, Order } from "effect"
import { Account } from "../../domain/model/Account.ts"
import type { AccountId } from "../../domain/model/Account.ts"
import { emailKey } from "../../domain/model/Email.ts"
import type { EmailKey } from "../../domain/model/Email.ts"
import { AccountNotFound, EmailAlreadyExists, VersionConflict } from "../../domain/model/IdentityErrors.ts"
import type { PasswordHash } from "../../domain/model/Password.ts"
import { isLive } from "../../domain/model/Session.ts"
import type { Session, SessionId } from "../../domain/model/Session.ts"
import { IdentityStore } from "../../ports/IdentityStore.ts"
import type {
  AccountPosition,
  AccountQuery,
  AccountUpdate,
  AccountWithPassword,
  SessionPosition,
  SessionQuery
} from "../../ports/IdentityStore.ts"

interface State {
  readonly accounts: Map<AccountId, AccountWithPassword>
  readonly claims: Map<EmailKey, AccountId>
  readonly sessions: Map<SessionId, Session>
}

export const layer: Layer.Layer<IdentityStore> = Layer.sync(IdentityStore, () => {
  const state: State = { accounts: new Map(), claims: new Map(), sessions: new Map() }
  return IdentityStore.of({ ...accountOperations(state), ...sessionOperations(state) })
})

const accountOperations = (state: State) => {
  const account = (id: AccountId): Option.Option<Account> => Option.fromUndefinedOr(state.accounts.get(id)?.account)

  const replaceAccount = (known: AccountWithPassword, update: AccountUpdate): Account => {
    const changed = Account.make({
      id: known.account.id,
      email: update.email ?? known.account.email,
      emailVerified: known.account.emailVerified,
      displayName: update.displayName ?? known.account.displayName,
      status: update.status ?? known.account.status,
      version: known.account.version + 1,
      sessionEpoch: known.account.sessionEpoch + (update.endSessions ? 1 : 0),
      createdAt: known.account.createdAt,
      updatedAt: update.updatedAt
    })
    state.claims.delete(emailKey(known.account.email))
    state.claims.set(emailKey(changed.email), changed.id)
    state.accounts.set(changed.id, { account: changed, passwordHash: known.passwordHash })
    return changed
  }

  return {
    insertAccount: (input: AccountWithPassword) =>
      Effect.suspend(() => {
        const key = emailKey(input.account.email)
        if (state.claims.has(key)) return Effect.fail(new EmailAlreadyExists())
        state.claims.set(key, input.account.id)
        state.accounts.set(input.account.id, input)
        return Effect.void
      }),

    findAccount: (id: AccountId) => Effect.sync(() => account(id)),

    findAccountByEmail: (key: EmailKey) =>
      Effect.sync(() => {
        const id = state.claims.get(key)
        return Option.fromUndefinedOr(id === undefined ? undefined : state.accounts.get(id))
      }),

    // Without a step that suspends in between, the whole generator runs as one step of the event loop.
    updateAccount: Effect.fnUntraced(function*(update: AccountUpdate) {
      const known = state.accounts.get(update.id)
      if (known === undefined) return yield* new AccountNotFound()
      if (known.account.version !== update.expectedVersion) return yield* new VersionConflict()
      const holder = update.email === undefined ? update.id : state.claims.get(emailKey(update.email))
      if (holder !== undefined && holder !== update.id) return yield* new EmailAlreadyExists()
      const sessionsEnded = update.endSessions ? liveSessions(state, update.id, update.updatedAt).length : 0
      return { account: replaceAccount(known, update), sessionsEnded }
    }),

    replacePasswordHash: (input: { accountId: AccountId; from: PasswordHash; to: PasswordHash }) =>
      Effect.sync(() => {
        const known = state.accounts.get(input.accountId)
        if (known?.passwordHash !== input.from) return
        state.accounts.set(input.accountId, { account: known.account, passwordHash: input.to })
      }),

    listAccounts: (query: AccountQuery) =>
      Effect.sync(() => {
        const order = Option.isSome(query.emailPrefix) ? byEmailKey : byId
        return [...state.accounts.values()]
          .map((known) => known.account)
          .filter((item) =>
            Option.getOrElse(query.status, () => item.status) === item.status &&
            emailKey(item.email).startsWith(Option.getOrElse(query.emailPrefix, () => "")) &&
            Option.match(query.after, { onNone: () => true, onSome: (after) => order(position(item), after) > 0 })
          )
          .toSorted((self, that) => order(position(self), position(that)))
          .slice(0, query.limit)
      })
  }
}

const sessionOperations = (state: State) => ({
  insertSession: (session: Session) =>
    Effect.sync(() => {
      const account = state.accounts.get(session.accountId)?.account
      if (account?.status !== "active" || account.sessionEpoch !== session.epoch) return false
      state.sessions.set(session.id, session)
      return true
    }),

  findSession: (id: SessionId) =>
    Effect.sync(() => {
      const session = state.sessions.get(id)
      const account = session === undefined ? undefined : state.accounts.get(session.accountId)?.account
      return session === undefined || account === undefined ? Option.none() : Option.some({ session, account })
    }),

  listSessions: (query: SessionQuery) =>
    Effect.sync(() =>
      liveSessions(state, query.accountId, query.now)
        .filter((session) =>
          Option.match(query.after, { onNone: () => true, onSome: (after) => newestFirst(session, after) > 0 })
        )
        .toSorted(newestFirst)
        .slice(0, query.limit)
    ),

  endSession: (input: { accountId: AccountId; id: SessionId; now: DateTime.Utc }) =>
    Effect.sync(() =>
      liveSessions(state, input.accountId, input.now).some((session) => session.id === input.id) &&
      state.sessions.delete(input.id)
    ),

  endAllSessions: (input: { accountId: AccountId; now: DateTime.Utc }) =>
    Effect.suspend(() => {
      const known = state.accounts.get(input.accountId)
      if (known === undefined) return Effect.fail(new AccountNotFound())
      const ended = liveSessions(state, input.accountId, input.now).length
      const account = Account.make({ ...known.account, sessionEpoch: known.account.sessionEpoch + 1 })
      state.accounts.set(account.id, { account, passwordHash: known.passwordHash })
      return Effect.succeed(ended)
    }),

  pruneSessions: (input: { now: DateTime.Utc; limit: number }) =>
    Effect.sync(() => {
      const over = [...state.sessions.values()].filter((session) => {
        const account = state.accounts.get(session.accountId)?.account
        return account === undefined || session.epoch !== account.sessionEpoch ||
          !DateTime.isLessThan(input.now, session.expiresAt)
      }).slice(0, input.limit)
      for (const session of over) state.sessions.delete(session.id)
      return over.length
    })
})

const liveSessions = (state: State, accountId: AccountId, now: DateTime.Utc): Array<Session> => {
  const account = state.accounts.get(accountId)?.account
  return account === undefined ?
    [] :
    [...state.sessions.values()].filter((session) => session.accountId === accountId && isLive(session, account, now))
}

// Bytewise, as a database under the "C" collation sorts: code units of UTF-16 would order some letters differently.
const bytewise = Order.make<string>((self, that) => {
  const order = compareCodePoints([...self], [...that])
  return order < 0 ? -1 : order > 0 ? 1 : 0
})

const compareCodePoints = (self: ReadonlyArray<string>, that: ReadonlyArray<string>): number => {
  const length = Math.min(self.length, that.length)
  for (let index = 0; index < length; index++) {
    const difference = (self[index]?.codePointAt(0) ?? 0) - (that[index]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return self.length - that.length
}

const position = (account: Account): AccountPosition => ({ id: account.id, emailKey: emailKey(account.email) })

const byId = Order.mapInput(bytewise, (position: AccountPosition) => position.id)

const byEmailKey = Order.mapInput(bytewise, (position: AccountPosition) => position.emailKey)

const newestFirst = Order.combine(
  Order.flip(Order.mapInput(DateTime.Order, (position: SessionPosition) => position.createdAt)),
  Order.flip(Order.mapInput(bytewise, (position: SessionPosition) => position.id))
)
