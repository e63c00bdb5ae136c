import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { OwnAccount } from "../../src/domain/accounts/OwnAccount.ts"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import type { AuditBreak } from "../../src/domain/audit/ChainVerification.ts"
import { DisplayName } from "../../src/domain/model/Account.ts"
import { AuditEvent } from "../../src/domain/model/Audit.ts"
import type { StoredEntry } from "../../src/domain/model/Audit.ts"
import { Caller } from "../../src/domain/model/Caller.ts"
import { Sessions } from "../../src/domain/sessions/Sessions.ts"
import { AuditLog } from "../../src/ports/AuditLog.ts"
import type { ChainState } from "../../src/ports/Directory.ts"
import { Directory } from "../../src/ports/Directory.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import { TokenSigner } from "../../src/ports/TokenSigner.ts"
import { anAccount, anEmail, anEvent } from "../support/builders.ts"
import { aPassword, CLIENT, signedIn, signIn, signUp } from "../support/people.ts"
import { changing } from "../support/stores.ts"
import * as TestServices from "../support/TestServices.ts"

const ALL = { accountId: Option.none(), action: Option.none(), since: Option.none() }

const silent = () => Effect.void

const trailOf = Effect.fnUntraced(function*(accountId: AuditEvent["accountId"]) {
  const review = yield* AuditReview
  const page = yield* review.list(
    { ...ALL, accountId: Option.fromUndefinedOr(accountId) },
    { limit: 100, after: Option.none() }
  )
  return page.items.map((entry) => entry.event).toReversed()
})

/** The review over a log and a directory that somebody has changed. */
const tamperedWith = (
  tamper: (log: AuditLog["Service"]) => Partial<AuditLog["Service"]>,
  hide: (directory: Directory["Service"]) => Partial<Directory["Service"]> = () => ({})
) =>
  AuditReview.layer.pipe(
    Layer.provide([
      Layer.effect(AuditLog, Effect.map(AuditLog, (log) => AuditLog.of({ ...log, ...tamper(log) }))),
      Layer.effect(Directory, Effect.map(Directory, (real) => Directory.of({ ...real, ...hide(real) }))),
      Layer.mock(TokenSigner, { keyIds: ["k1"] })
    ])
  )

layer(TestServices.layer)("audit trail", (it) => {
  it.effect("[P7] [ASVS 16.3.1] everything that happens to an account and its sessions is recorded in order", () =>
    Effect.gen(function*() {
      const [accounts, own, sessions] = [yield* Accounts, yield* OwnAccount, yield* Sessions]
      const caller = yield* signedIn
      const { account } = caller
      yield* Effect.flip(signIn(account.email, "wrong password"))
      yield* own.change(caller, { expectedVersion: 1, displayName: DisplayName.make("Augusta") })
      const [currentPassword, newPassword] = [yield* aPassword(), yield* aPassword("a better password")]
      const renewed = yield* own.changePassword(caller, { currentPassword, newPassword }, CLIENT)
      yield* sessions.signOut(renewed.session)
      yield* accounts.disable(account.id)
      yield* accounts.enable(account.id)
      yield* sessions.revokeAll(account.id)
      yield* accounts.delete(account.id)
      assert.deepStrictEqual((yield* trailOf(account.id)).map((event) => event?.action), [
        "account.created",
        "session.started",
        "sign-in.refused",
        "account.updated",
        "password.changed",
        "session.started",
        "session.ended",
        "account.disabled",
        "account.enabled",
        "sessions.revoked",
        "account.deleted"
      ])
    }))

  it.effect("an entry names who did it, from where and in which request", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const { account } = yield* signedIn
      yield* accounts.change(account.id, { email: anEmail() }).pipe(
        Effect.provideService(Caller, {
          actor: { type: "admin", name: "grace" },
          requestId: "req-1",
          clientAddress: "198.51.100.4"
        })
      )
      const event = (yield* trailOf(account.id)).at(-1)
      assert.deepStrictEqual(
        [event?.action, event?.actor, event?.requestId, event?.clientAddress, event?.changed],
        ["account.updated", { type: "admin", name: "grace" }, "req-1", "198.51.100.4", ["email"]]
      )
    }))

  it.effect("[P8] entries hold no personal data and no secret", () =>
    Effect.gen(function*() {
      const { account } = yield* signedIn
      const text = JSON.stringify(yield* trailOf(account.id))
      for (const canary of [account.email, account.displayName, "correct horse"]) assert.notInclude(text, canary)
    }))

  it.effect("[ASVS 16.3.1] a refused sign-in is recorded whether or not the account exists", () =>
    Effect.gen(function*() {
      const review = yield* AuditReview
      yield* Effect.flip(signIn(anEmail()))
      const refused = yield* review.list(
        { ...ALL, action: Option.some("sign-in.refused") },
        { limit: 1, after: Option.none() }
      )
      const event = refused.items.at(0)?.event
      assert.match(event?.chain ?? "", /^anonymous-\d\d$/)
      assert.isUndefined(event?.accountId)
    }))

  it.effect("[ASVS 16.3.1] a sign-in that is overtaken by ending all sessions is recorded as refused", () =>
    Effect.gen(function*() {
      const account = yield* signUp()
      const overtaken = changing(SessionStore, () => ({ insertSession: () => Effect.succeedNone }))
      // The services below have another id generator. Only its later ids sort behind those of this one.
      yield* TestClock.adjust("1 second")
      const refusal = Effect.flip(signIn(account.email))
      yield* Effect.provide(refusal, TestServices.layerOver(overtaken), { local: true })
      assert.deepStrictEqual((yield* trailOf(account.id)).map((event) => event?.action), [
        "account.created",
        "sign-in.refused"
      ])
    }))

  it.effect("what nobody tampered with verifies", () =>
    Effect.gen(function*() {
      const review = yield* AuditReview
      yield* signedIn
      const { breaks, chains, entries } = yield* review.verify(silent)
      assert.deepStrictEqual(breaks, [])
      assert.isAtLeast(chains, 1)
      assert.isAtLeast(entries, 2)
    }))

  it.effect.each([
    {
      how: "edited",
      edit: (entries: ReadonlyArray<StoredEntry>) =>
        entries.map((entry) =>
          entry.sequence === 2 && entry.event !== undefined
            ? { ...entry, event: AuditEvent.make({ ...entry.event, action: "session.ended" }) }
            : entry
        ),
      found: { sequence: 2, problem: "entry-altered" as const }
    },
    {
      how: "made unreadable",
      edit: (entries: ReadonlyArray<StoredEntry>) =>
        entries.map((entry) => entry.sequence === 2 ? { ...entry, id: "garbled", event: undefined } : entry),
      found: { sequence: 2, problem: "entry-unreadable" as const, entryId: "garbled" }
    },
    {
      how: "removed",
      edit: (entries: ReadonlyArray<StoredEntry>) => entries.filter((entry) => entry.sequence !== 2),
      found: { sequence: 2, problem: "entry-missing" as const }
    },
    {
      how: "reordered",
      edit: (entries: ReadonlyArray<StoredEntry>) => {
        const [first, second, third] = entries
        return first === undefined || second === undefined || third === undefined ? [] : [
          first,
          { ...third, sequence: 2 },
          { ...second, sequence: 3 }
        ]
      },
      found: { sequence: 2, problem: "entry-altered" as const }
    },
    {
      how: "cut off",
      edit: (entries: ReadonlyArray<StoredEntry>) => entries.filter((entry) => entry.sequence < 3),
      found: { sequence: 3, problem: "entry-missing" as const }
    }
  ])("an entry that was $how is found", ({ edit, found }) =>
    Effect.gen(function*() {
      const log = yield* AuditLog
      const account = anAccount()
      for (let made = 0; made < 3; made++) yield* log.append(anEvent({ account }))
      const verification = yield* Effect.gen(function*() {
        const review = yield* AuditReview
        return yield* review.verify(silent)
      }).pipe(
        Effect.provide(
          tamperedWith((log) => ({
            chains: (parts) =>
              Effect.map(
                Effect.forEach(parts, (part) =>
                  part.chain === account.id
                    ? Effect.map(
                      log.chains([{ ...part, afterSequence: 0 }]),
                      (entries) => edit(entries).filter((entry) => entry.sequence > part.afterSequence)
                    )
                    : log.chains([part])),
                (found) => found.flat()
              )
          })),
          { local: true }
        )
      )
      assert.deepStrictEqual(verification.breaks.filter((it) => it.chain === account.id), [
        { chain: account.id, ...found }
      ])
    }))

  it.effect.each<
    { how: string; tamper: (state: ChainState) => Partial<ChainState>; found: ReadonlyArray<Omit<AuditBreak, "chain">> }
  >([
    {
      how: "moved back",
      tamper: ({ head }) => ({ head: Option.map(head, (it) => ({ ...it, sequence: 2 })) }),
      found: [{ sequence: 3, problem: "head-altered" }, { sequence: 3, problem: "entry-unexpected" }]
    },
    {
      how: "removed",
      tamper: () => ({ head: Option.none() }),
      found: [{ sequence: 1, problem: "head-altered" }]
    }
  ])("a head that was $how is found", ({ found, tamper }) =>
    Effect.gen(function*() {
      const log = yield* AuditLog
      const account = anAccount()
      for (let made = 0; made < 3; made++) yield* log.append(anEvent({ account }))
      const { breaks } = yield* Effect.flatMap(AuditReview, (review) => review.verify(silent)).pipe(Effect.provide(
        tamperedWith(() => ({}), (directory) => ({
          listChains: (query) =>
            Effect.map(directory.listChains(query), (states) =>
              states.map((state) => state.chain === account.id ? { ...state, ...tamper(state) } : state))
        })),
        { local: true }
      ))
      assert.deepStrictEqual(
        breaks.filter(({ chain }) =>
          chain === account.id
        ),
        found.map((it) => Object.assign({ chain: account.id }, it))
      )
    }))

  it.effect("[P7] an entry about another account than its chain is found, however well it is hashed", () =>
    Effect.gen(function*() {
      const log = yield* AuditLog
      const review = yield* AuditReview
      const [owner, other] = [anAccount(), anAccount()]
      yield* log.append(anEvent({ account: owner }))
      yield* log.append(anEvent({ account: other, chain: owner.id }))
      const { breaks } = yield* review.verify(silent)
      assert.deepInclude(breaks, { chain: owner.id, sequence: 2, problem: "entry-foreign" })
    }))
})
