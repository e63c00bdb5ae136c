import { DateTime, Effect, Option } from "effect"
import { Account } from "../../domain/model/Account.ts"
import type { AccountId } from "../../domain/model/Account.ts"
import { emailKey } from "../../domain/model/Email.ts"
import type { EmailKey } from "../../domain/model/Email.ts"
import { isSecondFactor } from "../../domain/model/Factor.ts"
import {
  AccountNotFound,
  EmailAlreadyExists,
  PreconditionFailed,
  RequestInProgress
} from "../../domain/model/IdentityErrors.ts"
import type { PasswordHash } from "../../domain/model/Password.ts"
import { Session } from "../../domain/model/Session.ts"
import type { SessionId } from "../../domain/model/Session.ts"
import { AccountStore } from "../../ports/AccountStore.ts"
import type {
  AccountOfEmail,
  AccountPrecondition,
  AccountUpdate,
  AccountWithPassword,
  FactorsRemoval
} from "../../ports/AccountStore.ts"
import { carryOut, isProven, ownsRequest } from "./MemoryCommits.ts"
import { factorsOf, putFactors } from "./MemoryFactors.ts"
import { reserve } from "./MemoryGuessBudgets.ts"
import { atOnce, liveSessions } from "./MemoryState.ts"
import type { MemoryState } from "./MemoryState.ts"

// No generator here suspends between reading and writing, so each runs as one step of the event loop.
export const make = (state: MemoryState): AccountStore["Service"] =>
  AccountStore.of({
    insertAccount: Effect.fnUntraced(function*({ account, commit, passwordHash, startSession }) {
      if (!isProven(state, commit)) return yield* new PreconditionFailed()
      if (!ownsRequest(state, commit)) return yield* new RequestInProgress()
      const key = emailKey(account.email)
      if (state.claims.has(key)) return yield* new EmailAlreadyExists()
      state.claims.set(key, account.id)
      state.accounts.set(account.id, {
        account,
        passwordHash,
        passwordChangedAt: undefined,
        isProven: account.emailVerified
      })
      carryOut(state, commit)
      if (startSession === undefined) return
      state.sessions.set(startSession.session.id, startSession.session)
      carryOut(state, startSession.commit)
    }),

    findAccount: (id: AccountId) => Effect.sync(() => Option.fromUndefinedOr(state.accounts.get(id)?.account)),

    findAccountByEmail: (key) => Effect.sync(() => findByEmail(state, key)),

    findForAttempt: (key, attempt) =>
      Effect.sync(() => ({ found: findByEmail(state, key), admission: reserve(state, attempt) })),

    findAccountWithPassword: (id: AccountId) => Effect.sync(() => Option.fromUndefinedOr(state.accounts.get(id))),

    updateAccount: Effect.fnUntraced(function*(update) {
      const known = state.accounts.get(update.id)
      if (known === undefined) return yield* new AccountNotFound()
      if (!isProven(state, update.commit)) return yield* new PreconditionFailed()
      if (!holds(update.precondition, known)) return yield* new PreconditionFailed()
      const { startSession, status = known.account.status } = update
      const holder = update.email === undefined ? update.id : state.claims.get(emailKey(update.email))
      if (holder !== undefined && holder !== update.id) return yield* new EmailAlreadyExists()
      if (startSession !== undefined && status !== "active") return yield* new PreconditionFailed()
      const live = update.endSessions ? liveSessions(state, update.id, update.updatedAt) : []
      const account = replaceAccount(state, known, update)
      const kept = live.find((session) => session.id === update.keepSession)
      if (kept !== undefined) carryOver(state, kept.id, account.sessionEpoch)
      carryOut(state, update.commit)
      const factorsRemoved = removeFactors(state, update)
      if (startSession !== undefined) {
        const session = Session.make({ ...startSession.session, epoch: account.sessionEpoch })
        state.sessions.set(session.id, session)
        carryOut(state, startSession.commit)
      }
      return { account, sessionsEnded: live.length - (kept === undefined ? 0 : 1), factorsRemoved }
    }),

    deleteAccount: Effect.fnUntraced(function*({ commit, id, now, precondition }) {
      const known = state.accounts.get(id)
      if (known === undefined) return yield* new AccountNotFound()
      if (!holds(precondition, known)) return yield* new PreconditionFailed()
      const sessionsEnded = liveSessions(state, id, now).length
      state.accounts.delete(id)
      state.imports.delete(id)
      putFactors(state, id, [])
      state.claims.delete(emailKey(known.account.email))
      carryOut(state, commit)
      return { account: known.account, sessionsEnded }
    }),

    replacePasswordHash: atOnce(({ accountId, from, to }) => {
      const known = state.accounts.get(accountId)
      if (known?.passwordHash === from) state.accounts.set(accountId, { ...known, passwordHash: to })
    })
  })

export const holds = (
  precondition: AccountPrecondition,
  { account, isProven, passwordHash }: AccountWithPassword
): boolean => {
  const isConfirmed = (confirmed: PasswordHash) => account.status === "active" && passwordHash === confirmed
  switch (precondition._tag) {
    case "Exists":
      return true
    case "Version":
      return account.version === precondition.version
    case "Status":
      return account.status === precondition.status
    case "Confirmed":
      return isConfirmed(precondition.passwordHash) && account.version === (precondition.version ?? account.version)
    case "Sessions":
      return account.status === "active" && account.sessionEpoch === precondition.sessionEpoch &&
        account.version === (precondition.version ?? account.version)
    case "Credentials":
      return account.status === "active" && account.credentialEpoch === precondition.credentialEpoch
    case "Unproven":
      return account.status === "active" && account.credentialEpoch === precondition.credentialEpoch && !isProven
  }
}

const replaceAccount = (state: MemoryState, known: AccountWithPassword, update: AccountUpdate): Account => {
  const changed = Account.make({
    ...known.account,
    email: update.email ?? known.account.email,
    emailVerified: update.emailVerified ?? (update.email === undefined && known.account.emailVerified),
    displayName: update.displayName ?? known.account.displayName,
    status: update.status ?? known.account.status,
    version: known.account.version + 1,
    sessionEpoch: known.account.sessionEpoch + (update.endSessions ? 1 : 0),
    credentialEpoch: known.account.credentialEpoch + (changesCredentials(update) ? 1 : 0),
    updatedAt: update.updatedAt
  })
  state.claims.delete(emailKey(known.account.email))
  state.claims.set(emailKey(changed.email), changed.id)
  const password = update.passwordHash === undefined
    ? known
    : { passwordHash: update.passwordHash, passwordChangedAt: update.updatedAt }
  const isProven = known.isProven || changed.emailVerified
  state.accounts.set(changed.id, { ...known, ...password, isProven, account: changed })
  return changed
}

const removeFactors = (state: MemoryState, { id, removeFactors: removal }: AccountUpdate): number => {
  if (removal === undefined) return 0
  const all = factorsOf(state, id)
  const kept = all.filter(({ factor: { confirmedAt } }) => confirmedAt !== undefined && isBefore(confirmedAt, removal))
  const count = all.length - kept.length
  if (count === 0) return 0
  putFactors(state, id, kept)
  carryOut(state, removal.commit)
  return count
}

const isBefore = (confirmedAt: DateTime.Utc, { since }: FactorsRemoval): boolean =>
  since !== undefined && DateTime.isLessThan(confirmedAt, since)

const changesCredentials = ({ email, passwordHash, status }: AccountUpdate): boolean =>
  email !== undefined || passwordHash !== undefined || status !== undefined

const carryOver = (state: MemoryState, id: SessionId, epoch: number): void => {
  const session = state.sessions.get(id)
  if (session !== undefined) state.sessions.set(id, Session.make({ ...session, epoch }))
}

const findByEmail = (state: MemoryState, key: EmailKey): Option.Option<AccountOfEmail> => {
  const id = state.claims.get(key)
  const known = id === undefined ? undefined : state.accounts.get(id)
  if (id === undefined || known === undefined) return Option.none()
  const hasSecondFactor = factorsOf(state, id).some(({ factor }) => isSecondFactor(factor))
  return Option.some({ ...known, hasSecondFactor })
}
