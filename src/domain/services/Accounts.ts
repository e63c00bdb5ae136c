/**
 * Accounts and their passwords: signs people up, tells who they are, switches accounts off and on.
 */
import { Array, Context, DateTime, Effect, Layer, Metric, Option, Predicate, Schema } from "effect"
import { IdentityStore } from "../../ports/IdentityStore.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { PasswordHasher } from "../../ports/PasswordHasher.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { Account, AccountId } from "../model/Account.ts"
import type { AccountStatus, DisplayName } from "../model/Account.ts"
import { EmailKey, emailKey, emailKeyPrefix } from "../model/Email.ts"
import type { Email } from "../model/Email.ts"
import { AccountNotFound, InvalidCredentials, PasswordRejected } from "../model/IdentityErrors.ts"
import type { EmailAlreadyExists, HashingOverloaded, InvalidCursor, StoreUnavailable } from "../model/IdentityErrors.ts"
import type { Page, PageRequest } from "../model/Page.ts"
import type { Password, PasswordHash } from "../model/Password.ts"
import { accountsCreated, sessionsEndedBy } from "./IdentityMetrics.ts"
import { loadPage } from "./Paging.ts"
import { PasswordPolicy, passwordRefusals } from "./PasswordPolicy.ts"

export interface NewAccount {
  readonly email: Email
  readonly password: Password
  readonly displayName: DisplayName
}

export interface Credentials {
  readonly email: Email
  readonly password: Password
}

/** How one account is named by somebody who may know either. */
export type AccountReference = AccountId | Email

export interface AccountFilter {
  /** Matched against canonical email keys, after the same folding. */
  readonly emailPrefix: Option.Option<string>
  readonly status: Option.Option<AccountStatus>
}

export class Accounts extends Context.Service<Accounts, {
  /** Signs somebody up. The password is hashed before the store is asked, never inside its transaction. */
  readonly create: (
    input: NewAccount
  ) => Effect.Effect<Account, EmailAlreadyExists | PasswordRejected | HashingOverloaded | StoreUnavailable>

  /**
   * The active account these credentials belong to. An unknown email and a disabled account are refused like a wrong
   * password, at the same cost of one hash (ASVS 6.3.8). A hash made with old parameters is renewed on success.
   */
  readonly authenticate: (
    credentials: Credentials
  ) => Effect.Effect<Account, InvalidCredentials | HashingOverloaded | StoreUnavailable>

  readonly get: (reference: AccountReference) => Effect.Effect<Account, AccountNotFound | StoreUnavailable>

  /** Accounts by creation or, with an email prefix, by email. */
  readonly list: (
    filter: AccountFilter,
    page: PageRequest
  ) => Effect.Effect<Page<Account>, InvalidCursor | StoreUnavailable>

  /** Nobody can sign in any more and all sessions have ended. Idempotent. */
  readonly disable: (reference: AccountReference) => Effect.Effect<Account, AccountNotFound | StoreUnavailable>

  /** Signing in works again; sessions ended before stay so. Idempotent. */
  readonly enable: (reference: AccountReference) => Effect.Effect<Account, AccountNotFound | StoreUnavailable>
}>()("identity/domain/services/Accounts") {
  static readonly layer = Layer.effect(
    Accounts,
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const ids = yield* IdGenerator
      const hasher = yield* PasswordHasher
      const signer = yield* TokenSigner
      const policy = yield* PasswordPolicy

      const create = Effect.fn("Accounts.create")(function*(input: NewAccount) {
        const refusals = passwordRefusals(policy, input.password)
        if (Array.isReadonlyArrayNonEmpty(refusals)) return yield* new PasswordRejected({ refusals })
        const passwordHash = yield* hasher.hash(input.password)
        const now = yield* DateTime.now
        const account = Account.make({
          id: yield* ids.accountId,
          email: input.email,
          emailVerified: false,
          displayName: input.displayName,
          status: "active",
          version: 1,
          sessionEpoch: 0,
          createdAt: now,
          updatedAt: now
        })
        yield* store.insertAccount({ account, passwordHash })
        yield* Effect.annotateCurrentSpan({ "account.id": account.id })
        yield* Metric.update(accountsCreated, 1)
        return account
      })

      const authenticate = Effect.fn("Accounts.authenticate")(function*(credentials: Credentials) {
        const found = yield* store.findAccountByEmail(emailKey(credentials.email))
        const passwordHash = Option.match(found, {
          onNone: () => hasher.decoy,
          onSome: (known) => known.passwordHash
        })
        const matches = yield* hasher.verify(credentials.password, passwordHash)
        if (!matches || Option.isNone(found) || found.value.account.status !== "active") {
          return yield* new InvalidCredentials()
        }
        const { account } = found.value
        if (hasher.needsRehash(passwordHash)) yield* renewHash(account.id, credentials.password, passwordHash)
        return account
      })

      // The sign-in itself has succeeded: a hash that can't be renewed now is renewed at the next one.
      const renewHash = Effect.fnUntraced(function*(accountId: AccountId, password: Password, from: PasswordHash) {
        const to = yield* hasher.hash(password)
        yield* store.replacePasswordHash({ accountId, from, to })
      }, Effect.catchTags({ HashingOverloaded: () => Effect.void, StoreUnavailable: () => Effect.void }))

      const get = Effect.fn("Accounts.get")(function*(reference: AccountReference) {
        const found = isAccountId(reference)
          ? yield* store.findAccount(reference)
          : Option.map(yield* store.findAccountByEmail(emailKey(reference)), (known) => known.account)
        if (Option.isNone(found)) return yield* new AccountNotFound()
        return found.value
      })

      const list = Effect.fn("Accounts.list")((filter: AccountFilter, page: PageRequest) => {
        const emailPrefix = Option.map(filter.emailPrefix, emailKeyPrefix)
        return loadPage(signer, {
          name: JSON.stringify(["accounts", Option.getOrNull(emailPrefix), Option.getOrNull(filter.status)]),
          position: Position,
          positionOf: (account: Account) => ({ id: account.id, emailKey: emailKey(account.email) }),
          load: (limit, after) => store.listAccounts({ limit, after, emailPrefix, status: filter.status })
        }, page)
      })

      const setStatus = Effect.fnUntraced(
        function*(reference: AccountReference, status: AccountStatus) {
          const account = yield* get(reference)
          if (account.status === status) return account
          const updated = yield* store.updateAccount({
            id: account.id,
            expectedVersion: account.version,
            updatedAt: yield* DateTime.now,
            status,
            endSessions: status === "disabled"
          })
          yield* Metric.update(sessionsEndedBy("account-disabled"), updated.sessionsEnded)
          return updated.account
        },
        Effect.retry({ while: Predicate.isTagged("VersionConflict") }),
        Effect.catchTags({ VersionConflict: Effect.die, EmailAlreadyExists: Effect.die })
      )

      const disable = Effect.fn("Accounts.disable")((reference: AccountReference) => setStatus(reference, "disabled"))
      const enable = Effect.fn("Accounts.enable")((reference: AccountReference) => setStatus(reference, "active"))

      return Accounts.of({ create, authenticate, get, list, disable, enable })
    })
  )
}

const isAccountId = Schema.is(AccountId)

const Position = Schema.fromJsonString(Schema.Struct({ id: AccountId, emailKey: EmailKey }))
