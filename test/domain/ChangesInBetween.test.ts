/**
 * What becomes of a change if somebody else gets in between its confirmation and its effect.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option, Ref, Result } from "effect"
import { DisplayName } from "../../src/domain/model/Account.ts"
import type { Account } from "../../src/domain/model/Account.ts"
import type { AuditAction } from "../../src/domain/model/Audit.ts"
import { Accounts } from "../../src/domain/services/Accounts.ts"
import { AuditTrail } from "../../src/domain/services/AuditTrail.ts"
import { OwnAccount } from "../../src/domain/services/OwnAccount.ts"
import { IdentityStore } from "../../src/ports/IdentityStore.ts"
import type { SessionWithAccount } from "../../src/ports/IdentityStore.ts"
import { anEmail, anEvent, START } from "../support/builders.ts"
import { aPassword, CLIENT, isAccepted, signedIn, signIn, signUp } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

const NEW_PASSWORD = "a much better password"

const OTHER_PASSWORD = "the password of somebody else"

type Interference = (account: Account) => Effect.Effect<unknown, unknown, Accounts | IdentityStore>

const changeOf = ({ id }: Account) => ({
  id,
  precondition: { _tag: "Exists" },
  updatedAt: START,
  endSessions: false,
  audit: anEvent()
} as const)

let names = 0

const rename: Interference = Effect.fnUntraced(function*(account) {
  const store = yield* IdentityStore
  yield* store.updateAccount({ ...changeOf(account), displayName: DisplayName.make(`Renamed ${names += 1}`) })
})

const move: Interference = Effect.fnUntraced(function*(account) {
  const store = yield* IdentityStore
  yield* store.updateAccount({ ...changeOf(account), email: anEmail() })
})

const endSessions: Interference = Effect.fnUntraced(function*({ id }) {
  const store = yield* IdentityStore
  yield* store.endAllSessions({ accountId: id, now: START, audit: anEvent() })
})

/** A hash that verifies this password, of an account of its own. */
const hashOf = Effect.fnUntraced(function*(text?: string) {
  const store = yield* IdentityStore
  const { id } = yield* signUp(anEmail(), text)
  return Option.getOrThrow(yield* store.findAccountWithPassword(id)).passwordHash
})

const changePassword: Interference = Effect.fnUntraced(function*(account) {
  const store = yield* IdentityStore
  const passwordHash = yield* hashOf(OTHER_PASSWORD)
  yield* store.updateAccount({ ...changeOf(account), passwordHash, endSessions: true })
})

/** The same password in another hash, as a sign-in stores it after the parameters have changed. */
const rehash: Interference = Effect.fnUntraced(function*({ id }) {
  const store = yield* IdentityStore
  const { passwordHash } = Option.getOrThrow(yield* store.findAccountWithPassword(id))
  yield* store.replacePasswordHash({ accountId: id, from: passwordHash, to: yield* hashOf() })
})

/** Does something while others interfere, each just before the store is asked for a change; counts the hashes. */
const amid = Effect.fnUntraced(function*<A, E extends { readonly _tag: string }, R>(
  account: Account,
  interferences: ReadonlyArray<Interference>,
  deed: Effect.Effect<A, E, R>
) {
  const services = yield* Effect.context<Accounts | IdentityStore>()
  const store = yield* IdentityStore
  const waiting = [...interferences]
  const interfere = Effect.suspend(() => {
    const next = waiting.shift()
    return next === undefined ? Effect.void : Effect.asVoid(Effect.orDie(Effect.provide(next(account), services)))
  })
  const interfered = IdentityStore.of({
    ...store,
    updateAccount: (update) => Effect.andThen(interfere, store.updateAccount(update)),
    deleteAccount: (input) => Effect.andThen(interfere, store.deleteAccount(input))
  })
  return yield* Effect.gen(function*() {
    const result = yield* Effect.result(deed)
    return {
      answer: Result.isSuccess(result) ? "granted" : result.failure._tag,
      hashes: yield* Effect.flatMap(TestServices.HashCount, Ref.get)
    }
  }).pipe(Effect.provide(TestServices.layerCountingOver(Layer.succeed(IdentityStore, interfered)), { local: true }))
})

const countOf = Effect.fnUntraced(function*(account: Account, action: AuditAction) {
  const trail = yield* AuditTrail
  const filter = { accountId: Option.some(account.id), action: Option.some(action), since: Option.none() }
  return (yield* trail.list(filter, { limit: 100, after: Option.none() })).items.length
})

interface ConfirmedDeed {
  readonly deed: string
  /** How many it takes while nobody interferes. */
  readonly hashes: number
  readonly run: (caller: SessionWithAccount) => Effect.Effect<void, { readonly _tag: string }, OwnAccount>
}

/** What takes the current password. */
const confirmed: ReadonlyArray<ConfirmedDeed> = [
  {
    deed: "a password change",
    hashes: 2,
    run: Effect.fnUntraced(function*(caller: SessionWithAccount) {
      const own = yield* OwnAccount
      const [currentPassword, newPassword] = [yield* aPassword(), yield* aPassword(NEW_PASSWORD)]
      yield* own.changePassword(caller, { currentPassword, newPassword }, CLIENT)
    })
  },
  {
    deed: "a change of email",
    hashes: 1,
    run: Effect.fnUntraced(function*(caller: SessionWithAccount) {
      const own = yield* OwnAccount
      yield* own.change(caller, { expectedVersion: "any", email: anEmail(), currentPassword: yield* aPassword() })
    })
  },
  {
    deed: "a deletion",
    hashes: 1,
    run: Effect.fnUntraced(function*(caller: SessionWithAccount) {
      const own = yield* OwnAccount
      yield* own.delete(caller, yield* aPassword())
    })
  }
]

const granted = (hashes: number) => ({ answer: "granted", hashes })

const failed = (tag: string, hashes: number) => ({ answer: tag, hashes })

layer(TestServices.layer)("in between", (it) => {
  it.effect.each(confirmed)(
    "[ASVS 15.4.2] $deed is not held up by what it does not depend on",
    ({ hashes, run }) =>
      Effect.gen(function*() {
        for (const interference of [rename, move, endSessions]) {
          const caller = yield* signedIn
          assert.deepStrictEqual(yield* amid(caller.account, [interference], run(caller)), granted(hashes))
        }
      })
  )

  it.effect.each(confirmed)(
    "$deed confirms once more a password that was rehashed",
    ({ hashes, run }) =>
      Effect.gen(function*() {
        const caller = yield* signedIn
        assert.deepStrictEqual(yield* amid(caller.account, [rehash], run(caller)), granted(hashes + 1))
      })
  )

  it.effect.each(confirmed)(
    "[ASVS 7.5.1] $deed is refused once the password is another",
    ({ hashes, run }) =>
      Effect.gen(function*() {
        const caller = yield* signedIn
        const outcome = yield* amid(caller.account, [changePassword], run(caller))
        assert.deepStrictEqual(outcome, failed("InvalidCredentials", hashes + 1))
        yield* signIn(caller.account.email, OTHER_PASSWORD)
        assert.strictEqual(yield* countOf(caller.account, "password.refused"), 1)
      })
  )

  it.effect.each(confirmed)(
    "$deed gives up after confirming twice, and the audit log says so",
    ({ hashes, run }) =>
      Effect.gen(function*() {
        const caller = yield* signedIn
        const outcome = yield* amid(caller.account, [rehash, rehash], run(caller))
        assert.deepStrictEqual(outcome, failed("InvalidCredentials", hashes + 1))
        assert.strictEqual(yield* countOf(caller.account, "password.refused"), 1)
      })
  )

  it.effect("[ASVS 2.3.3] a password change and the session it starts come together, also if all sessions end", () =>
    Effect.gen(function*() {
      const caller = yield* signedIn
      const [change] = confirmed
      yield* amid(caller.account, [endSessions], change?.run(caller) ?? Effect.void)
      assert.strictEqual(yield* countOf(caller.account, "password.changed"), 1)
      assert.strictEqual(yield* countOf(caller.account, "session.started"), 2)
      assert.isFalse(yield* isAccepted(caller.token))
      yield* signIn(caller.account.email, NEW_PASSWORD)
    }))

  it.effect("a change of email that is based on a version is refused once that is stale, at no further hash", () =>
    Effect.gen(function*() {
      const change = Effect.fnUntraced(function*(caller: SessionWithAccount) {
        const own = yield* OwnAccount
        yield* own.change(caller, { expectedVersion: 1, email: anEmail(), currentPassword: yield* aPassword() })
      })
      const [one, other] = [yield* signedIn, yield* signedIn]
      assert.deepStrictEqual(yield* amid(one.account, [rename], change(one)), failed("VersionConflict", 1))
      assert.deepStrictEqual(yield* amid(other.account, [rehash], change(other)), granted(2))
    }))

  it.effect("a name based on any version is changed whatever happens, and conflicts with a version that is stale", () =>
    Effect.gen(function*() {
      const caller = yield* signedIn
      const change = (expectedVersion: number | "any") =>
        Effect.flatMap(
          OwnAccount,
          (own) => own.change(caller, { expectedVersion, displayName: DisplayName.make("Countess") })
        )
      assert.deepStrictEqual(yield* amid(caller.account, [rename], change(1)), failed("VersionConflict", 0))
      assert.deepStrictEqual(yield* amid(caller.account, [rename], change("any")), granted(0))
    }))

  it.effect("what an administrator sets that is so already is not set back", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const account = yield* signUp()
      const { email, id } = account
      const displayName = DisplayName.make("Countess")
      yield* amid(account, [move], Effect.flatMap(Accounts, (it) => it.change(id, { email, displayName })))
      const changed = yield* accounts.get(id)
      assert.strictEqual(changed.displayName, displayName)
      assert.notStrictEqual(changed.email, email)
    }))

  it.effect("an administrator's deletion happens whatever the holder does, and tells the account as it was", () =>
    Effect.gen(function*() {
      const account = yield* signUp()
      let versionTold = 0
      const deletion = Effect.gen(function*() {
        const accounts = yield* Accounts
        versionTold = (yield* accounts.delete(account.id)).version
      })
      assert.deepStrictEqual(yield* amid(account, [move], deletion), granted(0))
      assert.strictEqual(versionTold, 2)
    }))

  it.effect("of two administrators who disable an account at once, both are told that it is disabled", () =>
    Effect.gen(function*() {
      const account = yield* signUp()
      const disable = Effect.flatMap(Accounts, (accounts) => accounts.disable(account.id))
      assert.deepStrictEqual(yield* amid(account, [() => disable], disable), granted(0))
      assert.strictEqual(yield* countOf(account, "account.disabled"), 1)
    }))
})
