/**
 * Changes of an account, with somebody else's change between their confirmation and their effect.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { OwnAccount } from "../../src/domain/accounts/OwnAccount.ts"
import { DisplayName } from "../../src/domain/model/Account.ts"
import type { Account } from "../../src/domain/model/Account.ts"
import { Sessions } from "../../src/domain/sessions/Sessions.ts"
import type { SessionWithAccount } from "../../src/ports/SessionStore.ts"
import { anEmail } from "../support/builders.ts"
import {
  amid,
  changePassword,
  countOf,
  endSessions,
  move,
  OTHER_PASSWORD,
  rehash,
  rename
} from "../support/interference.ts"
import { aPassword, CLIENT, isAccepted, signedIn, signIn, signUp } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

const NEW_PASSWORD = "a much better password"

interface ConfirmedDeed {
  readonly deed: string
  /** The number without interference. */
  readonly hashes: number
  readonly run: (caller: SessionWithAccount) => Effect.Effect<void, { readonly _tag: string }, OwnAccount>
}

/** The operations that take the current password. */
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

  it.effect("[ASVS 15.4.2] a sign-in with the right password begins after the end of all sessions that came in between", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const account = yield* signUp()
      assert.deepStrictEqual(yield* amid(account, [endSessions], signIn(account.email)), granted(1))
      assert.lengthOf((yield* sessions.list(account.id, { limit: 10, after: Option.none() })).items, 1)
      assert.strictEqual(yield* countOf(account, "sign-in.refused"), 0)
      assert.deepStrictEqual(yield* amid(account, [rename], signIn(account.email)), granted(1))
    }))

  it.effect("a sign-in that renews the hash does so, too", () =>
    Effect.gen(function*() {
      const account = yield* signUp()
      const costlier = { ...TestServices.CHEAP_ARGON2, timeCost: 2 }
      assert.deepStrictEqual(yield* amid(account, [endSessions], signIn(account.email), costlier), granted(2))
    }))

  it.effect.each(
    [
      ["its password is another", changePassword],
      ["its email is another", (account: Account) => Effect.andThen(move(account), endSessions(account))],
      ["it is disabled", ({ id }: Account) => Effect.flatMap(Accounts, (accounts) => accounts.disable(id))],
      ["it is gone", ({ id }: Account) => Effect.flatMap(Accounts, (accounts) => accounts.delete(id))]
    ] as const
  )(
    "[ASVS 7.4.3] a sign-in to an account is refused if meanwhile %s, and the audit log says so",
    ([_, happen]) =>
      Effect.gen(function*() {
        const account = yield* signUp()
        const outcome = yield* amid(account, [happen], signIn(account.email))
        assert.deepStrictEqual(outcome, failed("InvalidCredentials", 1))
        assert.strictEqual(yield* countOf(account, "sign-in.refused"), 1)
      })
  )

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
