/**
 * The contract of transfers of accounts in bulk. Each sentence in the port's documentation has a test here.
 *
 * `stores` builds empty stores that all tests of the suite share; each test makes its own accounts.
 */
import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Option, Result } from "effect"
import type { Layer } from "effect"
import type { Account } from "../../src/domain/model/Account.ts"
import type { ExternalId } from "../../src/domain/model/ImportRow.ts"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { AccountTransfer } from "../../src/ports/AccountTransfer.ts"
import type { AccountKeys } from "../../src/ports/AccountTransfer.ts"
import { AuditLog } from "../../src/ports/AuditLog.ts"
import type { Directory } from "../../src/ports/Directory.ts"
import type { Store } from "../../src/ports/Stores.ts"
import {
  aFactor,
  anAccount,
  anEmail,
  anEvent,
  anInsertion,
  aPasskey,
  aPasswordHash,
  START
} from "../support/builders.ts"
import { transferredFactorPromises } from "./account-transfer/factors.ts"
import { anExternalId, anImport, EXISTS } from "./account-transfer/imports.ts"

const NO_KEYS: AccountKeys = { ids: [], externalIds: [], emailKeys: [] }

const entriesOf = Effect.fnUntraced(function*({ id }: Account) {
  const log = yield* AuditLog
  return (yield* log.chains([{ chain: id, afterSequence: 0, limit: 10 }])).map(({ event }) => event?.action)
})

export const accountTransferContract = <E>(
  name: string,
  stores: Layer.Layer<AccountTransfer | Directory | Store, E>
): void => {
  layer(stores)(`${name} transfer of accounts`, (it) => {
    it.effect("accounts are saved together, found by each of their keys, and recorded, each in its chain", () =>
      Effect.gen(function*() {
        const transfer = yield* AccountTransfer
        const accounts = yield* AccountStore
        const given = [
          anImport(),
          { ...anImport(anAccount({ status: "disabled" })), externalId: undefined, imported: undefined },
          { ...anImport(), isProven: true }
        ]
        yield* transfer.insertAll(given)
        for (const { account, emailKey, externalId, imported, isProven, passwordHash } of given) {
          const known = [{ account, passwordHash, emailKey, externalId, imported }]
          assert.deepStrictEqual(yield* transfer.findKnown({ ...NO_KEYS, ids: [account.id] }), known)
          assert.deepStrictEqual(yield* transfer.findKnown({ ...NO_KEYS, emailKeys: [emailKey] }), known)
          const externalIds = externalId === undefined ? [] : [externalId]
          assert.deepStrictEqual(
            yield* transfer.findKnown({ ...NO_KEYS, externalIds }),
            externalId === undefined ? [] : known
          )
          const saved = Option.getOrThrow(yield* accounts.findAccountWithPassword(account.id))
          assert.deepStrictEqual([saved.passwordHash, saved.isProven], [passwordHash, isProven])
          assert.deepStrictEqual(yield* entriesOf(account), ["account.created"])
        }
      }))

    it.effect("if a key of one is taken, none is saved", () =>
      Effect.gen(function*() {
        const transfer = yield* AccountTransfer
        const accounts = yield* AccountStore
        const holder = anAccount()
        const factor = aFactor(holder, { type: "passkey", passkey: aPasskey() })
        const known = factor.factor
        const first = anImport(holder, anExternalId(), [factor])
        yield* transfer.insertAll([first])
        const signedUp = anAccount()
        yield* accounts.insertAccount(anInsertion(signedUp))
        const taken = [
          anImport(anAccount({ email: first.account.email.toUpperCase() })),
          anImport(anAccount({ email: signedUp.email })),
          anImport(anAccount(), first.externalId),
          { ...anImport(), account: { ...anAccount(), id: first.account.id } },
          ...[known.id, aFactor(holder).factor.id].map((id) => {
            const account = anAccount()
            const passkey = id === known.id ? aPasskey() : known.passkey
            return anImport(account, undefined, [aFactor(account, { type: "passkey", id, passkey })])
          })
        ]
        for (const it of taken) {
          const other = anImport()
          const result = yield* Effect.result(transfer.insertAll([other, it]))
          assert.deepStrictEqual(
            Result.getFailure(result).pipe(Option.map(({ _tag }) => _tag)),
            Option.some("KeyTaken")
          )
          assert.deepStrictEqual(yield* transfer.findKnown({ ...NO_KEYS, ids: [other.account.id] }), [])
          assert.deepStrictEqual(yield* entriesOf(other.account), [])
          yield* transfer.insertAll([other])
        }
      }))

    it.effect("of two insertions of the same accounts at once one succeeds", () =>
      Effect.gen(function*() {
        const transfer = yield* AccountTransfer
        const given = Array.from({ length: 20 }, () => anImport())
        const again = given.toReversed().map(({ account, externalId }) =>
          anImport(anAccount({ email: account.email }), externalId)
        )
        const results = yield* Effect.all([given, again].map((it) => Effect.result(transfer.insertAll(it))), {
          concurrency: 2
        })
        assert.strictEqual(results.filter(Result.isSuccess).length, 1)
      }))

    it.effect("an account that was deleted and comes again goes on in its chain", () =>
      Effect.gen(function*() {
        const transfer = yield* AccountTransfer
        const accounts = yield* AccountStore
        const given = anImport()
        yield* transfer.insertAll([given])
        yield* accounts.deleteAccount({
          id: given.account.id,
          precondition: EXISTS,
          now: START,
          commit: { audit: anEvent({ action: "account.deleted", account: given.account }) }
        })
        assert.deepStrictEqual(
          yield* transfer.findKnown({ ...NO_KEYS, externalIds: [given.externalId ?? anExternalId()] }),
          []
        )
        yield* transfer.insertAll([anImport(), {
          ...given,
          audit: anEvent({ account: given.account, action: "account.created" })
        }])
        assert.deepStrictEqual(yield* entriesOf(given.account), [
          "account.created",
          "account.deleted",
          "account.created"
        ])
      }))

    it.effect("a change moves the mark with the account, or neither", () =>
      Effect.gen(function*() {
        const transfer = yield* AccountTransfer
        const accounts = yield* AccountStore
        const account = anAccount()
        yield* accounts.insertAccount(anInsertion(account))
        const other = anImport()
        yield* transfer.insertAll([other])
        const change = (email: string, externalId: ExternalId | undefined, imported: string) =>
          transfer.update({
            externalId,
            imported,
            addFactors: [],
            removeFactors: [],
            update: {
              id: account.id,
              precondition: EXISTS,
              updatedAt: START,
              email: anEmail(email),
              endSessions: true,
              commit: { audit: anEvent({ action: "account.updated", account }) }
            }
          })
        const marks = Effect.map(
          transfer.findKnown({ ...NO_KEYS, ids: [account.id] }),
          (found) => found.map(({ account, externalId, imported }) => [account.email, externalId, imported])
        )
        const [email, externalId] = [anEmail(), anExternalId()]
        yield* change(email, externalId, "mark 2")
        assert.deepStrictEqual(yield* marks, [[email, externalId, "mark 2"]])
        yield* change(email, undefined, "mark 3")
        assert.deepStrictEqual(yield* marks, [[email, externalId, "mark 3"]])
        const refusals = [
          yield* Effect.flip(change(other.account.email, undefined, "mark 4")),
          yield* Effect.flip(change(anEmail(), other.externalId, "mark 5"))
        ]
        assert.deepStrictEqual(refusals.map(({ _tag }) => _tag), ["EmailAlreadyExists", "KeyTaken"])
        assert.deepStrictEqual(yield* marks, [[email, externalId, "mark 3"]])
      }))

    transferredFactorPromises(it)

    it.effect("a mark takes the place of the last one, and changes and records nothing else", () =>
      Effect.gen(function*() {
        const transfer = yield* AccountTransfer
        const given = anImport()
        yield* transfer.insertAll([given])
        const { account } = given
        yield* transfer.mark([{ id: account.id, imported: "mark 2" }, { id: anAccount().id, imported: "mark 2" }])
        const [known] = yield* transfer.findKnown({ ...NO_KEYS, ids: [account.id] })
        assert.deepStrictEqual(known, {
          account,
          passwordHash: given.passwordHash,
          emailKey: given.emailKey,
          externalId: given.externalId,
          imported: "mark 2"
        })
        assert.deepStrictEqual(yield* entriesOf(account), ["account.created"])
      }))

    it.effect("accounts are listed by id with what they have, from any id on", () =>
      Effect.gen(function*() {
        const transfer = yield* AccountTransfer
        const [first, second] = [anAccount(), anAccount()]
        const passkey = aPasskey({ signCount: 7, transports: ["usb"], backedUp: true })
        const factors = [
          aFactor(second, { createdAt: DateTime.subtract(START, { hours: 2 }), lastStep: 56 }),
          aFactor(second, {
            createdAt: DateTime.subtract(START, { hours: 1 }),
            type: "passkey",
            passkey,
            lastUsedAt: START
          }),
          aFactor(second, { type: "recovery_codes", codes: ["a", "b"] }),
          aFactor(second, { confirmedAt: undefined })
        ]
        const given = [
          anImport(first),
          { ...anImport(second, anExternalId(), factors), isProven: true },
          anImport()
        ]
        yield* transfer.insertAll(given.toReversed())
        const part = yield* transfer.list({ after: Option.some(first.id), limit: 1 })
        assert.deepStrictEqual(part, [{
          account: second,
          passwordHash: aPasswordHash("imported"),
          isProven: true,
          externalId: given[1]?.externalId,
          factors: factors.slice(0, 3).map(({ answered: _, ...exported }) => exported)
        }])
        const rest = yield* transfer.list({ after: Option.some(second.id), limit: 100 })
        assert.deepStrictEqual(rest.map(({ account }) => account.id), given.slice(2).map(({ account }) => account.id))
        const [lowest] = yield* transfer.list({ after: Option.none(), limit: 1 })
        assert.isDefined(lowest)
      }))
  })
}
