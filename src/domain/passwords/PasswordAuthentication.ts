/**
 * Who somebody is, by password.
 *
 * Every check costs exactly one hash and, when it is refused, one audit entry, whether the account exists, is disabled
 * or has another password: neither the answer nor its time says which (ASVS 6.3.8). It is an attempt that counts before
 * it is made; see `GuessLimits`.
 */
import { Array, Context, Effect, Fiber, Layer, Metric, Option } from "effect"
import type { Redacted } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import type { AccountWithPassword } from "../../ports/AccountStore.ts"
import { PasswordBlocklist } from "../../ports/PasswordBlocklist.ts"
import { PasswordHasher } from "../../ports/PasswordHasher.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { makeCurrentDevice } from "../limits/CurrentDevice.ts"
import { GuessLimits } from "../limits/GuessLimits.ts"
import type { Attempt } from "../limits/GuessLimits.ts"
import { makeHashingFor } from "../limits/HashingShare.ts"
import type { Account, AccountId } from "../model/Account.ts"
import { isDeviceOf } from "../model/Device.ts"
import type { Device } from "../model/Device.ts"
import { emailKey } from "../model/Email.ts"
import type { Email } from "../model/Email.ts"
import { HashingOverloaded, InvalidCredentials, PasswordRejected } from "../model/IdentityErrors.ts"
import type { StoreUnavailable, TooManyAttempts } from "../model/IdentityErrors.ts"
import type { Password, PasswordHash } from "../model/Password.ts"
import { signInOutcome } from "../telemetry/IdentityMetrics.ts"
import { PasswordPolicy, passwordRefusals } from "./PasswordPolicy.ts"
import type { PasswordHolder } from "./PasswordPolicy.ts"

export interface Credentials {
  readonly email: Email
  readonly password: Password
  /** What the client presents as the credential of its device. Whatever is none is ignored. */
  readonly device?: Redacted.Redacted<string> | undefined
}

/** The active account that credentials belong to. */
export interface Authenticated {
  readonly account: Account
  /** The account as it is by now, if these are still its credentials: the same email, the same hash. Hashes nothing. */
  readonly again: Effect.Effect<Option.Option<Account>, StoreUnavailable>
}

/** An attempt to sign in. Its holder passes it with what it succeeds with, or gives it back. */
export interface SignInAttempt extends Attempt {
  /** Checks the credentials. A hash made with old parameters is renewed on success. */
  readonly authenticate: Effect.Effect<Authenticated, InvalidCredentials | HashingOverloaded | StoreUnavailable>
  /** The device it comes from, if that has signed in to the account before. */
  readonly device: Effect.Effect<Option.Option<Device>, StoreUnavailable>
}

export class PasswordAuthentication extends Context.Service<PasswordAuthentication, {
  /** The hash of a password its future holder chose, if policy and blocklist accept it; else all their reasons. */
  readonly hashNew: (
    password: Password,
    holder: PasswordHolder
  ) => Effect.Effect<PasswordHash, PasswordRejected | HashingOverloaded>

  /**
   * Fails at once if a password with this email would not be hashed now, before anything is done in vain. Holds a place
   * for the first password that `use` hashes or checks, as `PasswordHasher` says.
   */
  readonly holdPlace: (
    email: Email
  ) => <A, E, R>(use: Effect.Effect<A, E, R>) => Effect.Effect<A, E | HashingOverloaded, R>

  /** Runs an attempt to sign in, if the limits admit one and its password could be hashed. */
  readonly attempt: <A, E>(
    credentials: Credentials,
    use: (attempt: SignInAttempt) => Effect.Effect<A, E>
  ) => Effect.Effect<A, E | HashingOverloaded | TooManyAttempts | StoreUnavailable>

  /** The active account these credentials belong to, for who needs nothing more: an attempt by itself. */
  readonly authenticate: (
    credentials: Credentials
  ) => Effect.Effect<Account, InvalidCredentials | HashingOverloaded | StoreUnavailable | TooManyAttempts>

  /**
   * Checks the password of somebody already signed in (ASVS 6.2.3, 7.5.1); answers the account as it now is and the
   * hash that was confirmed, on which what follows depends. Renews no hash: the next sign-in does.
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
      const hasher = yield* PasswordHasher
      const trail = yield* AuditTrail
      const limits = yield* GuessLimits
      const currentDevice = yield* makeCurrentDevice
      const policy = yield* PasswordPolicy
      const blocklist = yield* PasswordBlocklist
      const hashingFor = yield* makeHashingFor

      const holdPlace: PasswordAuthentication["Service"]["holdPlace"] = (email) => (use) =>
        hashingFor(email)(hasher.holdPlace(use))

      const hashNew = Effect.fnUntraced(function*(password: Password, holder: PasswordHolder) {
        const isCommon = yield* blocklist.contains(password)
        const refusals = [
          ...passwordRefusals(policy, password, holder),
          ...(isCommon ? [{ reason: "common" as const }] : [])
        ]
        if (Array.isReadonlyArrayNonEmpty(refusals)) return yield* new PasswordRejected({ refusals })
        return yield* hashingFor(holder.email)(hasher.hash(password))
      })

      const check = Effect.fnUntraced(function*(
        found: Option.Option<AccountWithPassword>,
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
          yield* trail.record(Option.isSome(found) ? { action, accountId: found.value.account.id } : { action })
          return yield* new InvalidCredentials()
        }
        return found.value
      })

      // The check itself has succeeded: a hash that can't be renewed now is renewed the next time.
      const renewHash = Effect.fnUntraced(function*(accountId: AccountId, password: Password, from: PasswordHash) {
        if (!hasher.needsRehash(from)) return undefined
        const to = yield* hasher.hash(password)
        yield* store.replacePasswordHash({ accountId, from, to })
        return to
      }, Effect.catchTags({ HashingOverloaded: () => Effect.undefined, StoreUnavailable: () => Effect.undefined }))

      const checkSignIn = Effect.fnUntraced(function*(
        found: Option.Option<AccountWithPassword>,
        { email, password }: Credentials,
        attempt: Attempt
      ): Effect.fn.Return<Authenticated, InvalidCredentials | HashingOverloaded | StoreUnavailable> {
        const { account, passwordHash } = yield* check(found, password, attempt, "sign-in")
        const verified = [passwordHash, yield* renewHash(account.id, password, passwordHash)]
        const isStill = (known: AccountWithPassword) =>
          known.account.id === account.id && known.account.status === "active" && verified.includes(known.passwordHash)
        const again = Effect.map(store.findAccountByEmail(emailKey(email)), Option.filter(isStill))
        return { account, again: Effect.map(again, Option.map((known) => known.account)) }
      })

      // The lookup runs beside the reservation, which so costs no round trip of its own.
      const attempt = <A, E>(
        credentials: Credentials,
        use: (attempt: SignInAttempt) => Effect.Effect<A, E>
      ): Effect.Effect<A, E | HashingOverloaded | TooManyAttempts | StoreUnavailable> => {
        const { email } = credentials
        return holdPlace(email)(Effect.gen(function*() {
          const device = yield* currentDevice(credentials.device)
          const finding = yield* Effect.forkChild(store.findAccountByEmail(emailKey(email)), { startImmediately: true })
          const ownDevice = Effect.map(
            Fiber.join(finding),
            (found) => Option.filter(device, (known) => Option.exists(found, (owner) => isDeviceOf(known, owner)))
          )
          const claimant = { email, device, isOwnDevice: Effect.map(ownDevice, Option.isSome) }
          return yield* limits.signIn(claimant, (attempt) => {
            const authenticate = Effect.flatMap(
              Fiber.join(finding),
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

      return PasswordAuthentication.of({ holdPlace, hashNew, attempt, authenticate, confirm })
    })
  )
}
