/**
 * Authenticates people by password.
 *
 * Every check costs exactly one hash and, when it fails, one audit entry. That is the same whether the account doesn't
 * exist, is disabled or has another password, so neither the answer nor its time reveals which (ASVS 6.3.8). Each check
 * is an attempt that is counted before it runs; see `GuessLimits`.
 */
import { Array, Context, Effect, Layer, Metric, Option } from "effect"
import type { Redacted } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import type { AccountOfEmail, AccountWithPassword } from "../../ports/AccountStore.ts"
import { GuessBudgets } from "../../ports/GuessBudgets.ts"
import type { AttemptRequest } from "../../ports/GuessBudgets.ts"
import { PasswordBlocklist } from "../../ports/PasswordBlocklist.ts"
import { PasswordHasher } from "../../ports/PasswordHasher.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { Attempt } from "../limits/CountedAttempts.ts"
import { makeCurrentDevice } from "../limits/CurrentDevice.ts"
import { GuessLimits } from "../limits/GuessLimits.ts"
import { makeHashingFor } from "../limits/HashingShare.ts"
import type { Account, AccountId } from "../model/Account.ts"
import { isDeviceOf } from "../model/Device.ts"
import type { Device } from "../model/Device.ts"
import { emailKey } from "../model/Email.ts"
import type { Email, EmailKey } from "../model/Email.ts"
import { HashingOverloaded, InvalidCredentials, PasswordRejected } from "../model/IdentityErrors.ts"
import type { StoreUnavailable, TooManyAttempts } from "../model/IdentityErrors.ts"
import type { Password, PasswordHash } from "../model/Password.ts"
import { isSimplePattern, plainForms } from "../model/PasswordVariations.ts"
import { signInOutcome } from "../telemetry/IdentityMetrics.ts"
import { PasswordPolicy, passwordRefusals } from "./PasswordPolicy.ts"
import type { PasswordHolder } from "./PasswordPolicy.ts"

export interface Credentials {
  readonly email: Email
  readonly password: Password
  /** The device credential that the client presents. It is ignored if it isn't genuine. */
  readonly device?: Redacted.Redacted<string> | undefined
}

/** The active account that the credentials belong to. */
export interface Authenticated extends AuthenticatedAccount {
  /**
   * The current state of the account if the credentials are still right: the same email and the same hash. Hashes
   * nothing.
   */
  readonly recheck: Effect.Effect<Option.Option<AuthenticatedAccount>, StoreUnavailable>
}

export type AuthenticatedAccount = Pick<AccountOfEmail, "account" | "hasSecondFactor">

/** An attempt to sign in. Its user passes it when it succeeds, or gives it back. */
export interface SignInAttempt extends Attempt {
  /** Checks the credentials. A hash made with old parameters is renewed on success. */
  readonly authenticate: Effect.Effect<Authenticated, InvalidCredentials | HashingOverloaded | StoreUnavailable>
  /** The device it comes from, if that device has signed in to the account before. */
  readonly device: Effect.Effect<Option.Option<Device>, StoreUnavailable>
}

export class PasswordAuthentication extends Context.Service<PasswordAuthentication, {
  /** Fails with all reasons why a new password would be refused. Hashes nothing. */
  readonly judgeNew: (password: Password, holder: PasswordHolder) => Effect.Effect<void, PasswordRejected>

  /** Hashes a newly chosen password if policy and blocklist accept it. Otherwise fails with all reasons. */
  readonly hashNew: (
    password: Password,
    holder: PasswordHolder
  ) => Effect.Effect<PasswordHash, PasswordRejected | HashingOverloaded>

  /**
   * Fails at once if a password for this email would not be hashed now, so that no other work is wasted. Otherwise
   * holds a place in the queue for the first password that `use` hashes or checks, as in `PasswordHasher.holdPlace`.
   */
  readonly holdPlace: (
    email: Email
  ) => <A, E, R>(use: Effect.Effect<A, E, R>) => Effect.Effect<A, E | HashingOverloaded, R>

  /** Runs an attempt to sign in, if the limits admit it and its password could be hashed. */
  readonly attempt: <A, E>(
    credentials: Credentials,
    use: (attempt: SignInAttempt) => Effect.Effect<A, E>
  ) => Effect.Effect<A, E | HashingOverloaded | TooManyAttempts | StoreUnavailable>

  /** The active account that the credentials belong to, for callers that need nothing more. Counts as one attempt. */
  readonly authenticate: (
    credentials: Credentials
  ) => Effect.Effect<Account, InvalidCredentials | HashingOverloaded | StoreUnavailable | TooManyAttempts>

  /**
   * Checks the password of somebody who is already signed in (ASVS 6.2.3, 7.5.1). Returns the current account and the
   * confirmed hash, which is the precondition of the change that follows. Renews no hash; the next sign-in does that.
   */
  readonly confirm: (
    account: Account,
    password: Password
  ) => Effect.Effect<AccountWithPassword, InvalidCredentials | HashingOverloaded | StoreUnavailable | TooManyAttempts>
}>()("identityd/domain/passwords/PasswordAuthentication") {
  static readonly layer = Layer.effect(
    PasswordAuthentication,
    Effect.gen(function*() {
      const store = yield* AccountStore
      const budgets = yield* GuessBudgets
      const hasher = yield* PasswordHasher
      const trail = yield* AuditTrail
      const limits = yield* GuessLimits
      const currentDevice = yield* makeCurrentDevice
      const policy = yield* PasswordPolicy
      const blocklist = yield* PasswordBlocklist
      const hashingFor = yield* makeHashingFor

      const holdPlace: PasswordAuthentication["Service"]["holdPlace"] = (email) => (use) =>
        hashingFor(email)(hasher.holdPlace(use))

      const judgeNew = Effect.fnUntraced(function*(password: Password, holder: PasswordHolder) {
        const isCommon = isSimplePattern(password) ||
          Option.isSome(yield* Effect.findFirst(plainForms(password), blocklist.contains))
        const refusals = [
          ...passwordRefusals(policy, password, holder),
          ...(isCommon ? [{ reason: "common" as const }] : [])
        ]
        if (Array.isReadonlyArrayNonEmpty(refusals)) return yield* new PasswordRejected({ refusals })
      })

      const hashNew = Effect.fnUntraced(function*(password: Password, holder: PasswordHolder) {
        yield* judgeNew(password, holder)
        return yield* hashingFor(holder.email)(hasher.hash(password))
      })

      const check = Effect.fnUntraced(function*<Known extends AccountWithPassword>(
        found: Option.Option<Known>,
        password: Password,
        { isLast }: Attempt,
        kind: "sign-in" | "password"
      ) {
        const passwordHash = Option.match(found, {
          onNone: () => hasher.decoy,
          onSome: (known) => known.passwordHash
        })
        const matches = yield* hasher.verify(password, passwordHash)
        if (!matches || Option.isNone(found) || found.value.account.status !== "active") {
          const action = isLast ? `${kind}.limited` as const : `${kind}.refused` as const
          yield* trail.record({ action, accountId: Option.getOrUndefined(found)?.account.id })
          return yield* new InvalidCredentials()
        }
        return found.value
      })

      // The check has succeeded anyway. A hash that can't be renewed now is renewed at the next sign-in.
      const renewHash = Effect.fnUntraced(function*(accountId: AccountId, password: Password, from: PasswordHash) {
        if (!hasher.needsRehash(from)) return undefined
        const to = yield* hasher.hash(password)
        yield* store.replacePasswordHash({ accountId, from, to })
        return to
      }, Effect.catchTags({ HashingOverloaded: () => Effect.undefined, StoreUnavailable: () => Effect.undefined }))

      const checkSignIn = Effect.fnUntraced(function*(
        found: Option.Option<AccountOfEmail>,
        { email, password }: Credentials,
        attempt: Attempt
      ): Effect.fn.Return<Authenticated, InvalidCredentials | HashingOverloaded | StoreUnavailable> {
        const { account, hasSecondFactor, passwordHash } = yield* check(found, password, attempt, "sign-in")
        const verified = [passwordHash, yield* renewHash(account.id, password, passwordHash)]
        const isStill = (known: AccountWithPassword) =>
          known.account.id === account.id && known.account.status === "active" && verified.includes(known.passwordHash)
        const recheck = Effect.map(store.findAccountByEmail(emailKey(email)), Option.filter(isStill))
        return { account, hasSecondFactor, recheck }
      })

      /** Finds the account of an email with the first reservation, or alone if nothing is reserved. */
      const makeFinding = (key: EmailKey) => {
        let found: Option.Option<AccountOfEmail> | undefined
        const keep = (account: Option.Option<AccountOfEmail>) => Effect.sync(() => found = account)
        const find = Effect.suspend(() =>
          found === undefined ? Effect.tap(store.findAccountByEmail(key), keep) : Effect.succeed(found)
        )
        const reserve = (request: AttemptRequest) =>
          found === undefined
            ? store.findForAttempt(key, request).pipe(
              Effect.tap(({ found }) => keep(found)),
              Effect.map(({ admission }) => admission)
            )
            : budgets.reserve(request)
        return { find, reserve }
      }

      const attempt = <A, E>(
        credentials: Credentials,
        use: (attempt: SignInAttempt) => Effect.Effect<A, E>
      ): Effect.Effect<A, E | HashingOverloaded | TooManyAttempts | StoreUnavailable> => {
        const { email } = credentials
        return holdPlace(email)(Effect.gen(function*() {
          const device = yield* currentDevice(credentials.device)
          const { find, reserve } = makeFinding(emailKey(email))
          const ownDevice = Effect.map(
            find,
            (found) => Option.filter(device, (known) => Option.exists(found, (owner) => isDeviceOf(known, owner)))
          )
          const claimant = { email, device, isOwnDevice: Effect.map(ownDevice, Option.isSome), reserve }
          return yield* limits.signIn(claimant, (attempt) => {
            const authenticate = Effect.flatMap(
              find,
              (found) => checkSignIn(found, credentials, attempt)
            ).pipe(Effect.withSpan("PasswordAuthentication.authenticate"))
            return use({ ...attempt, authenticate, device: ownDevice })
          })
        })).pipe(
          Effect.tapError((error) =>
            error instanceof HashingOverloaded ? Metric.update(signInOutcome("failed"), 1) : Effect.void
          )
        )
      }

      const authenticate = (credentials: Credentials) =>
        attempt(
          credentials,
          ({ authenticate, pass }) => Effect.map(Effect.tap(authenticate, () => pass), ({ account }) => account)
        )

      const confirm = Effect.fn("PasswordAuthentication.confirm")((account: Account, password: Password) =>
        holdPlace(account.email)(limits.confirm(
          account.id,
          (attempt) =>
            Effect.flatMap(
              store.findAccountWithPassword(account.id),
              (found) => check(found, password, attempt, "password")
            )
        ))
      )

      return PasswordAuthentication.of({ judgeNew, holdPlace, hashNew, attempt, authenticate, confirm })
    })
  )
}
