/**
 * Attacks on the audit log with the documented database role, or as the owner of the database. They are impossible, or
 * `audit-log --verify` finds them.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Option } from "effect"
import { createHash } from "node:crypto"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import type { Account } from "../../src/domain/model/Account.ts"
import { canonicalText, CHAIN_START } from "../../src/domain/model/Audit.ts"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { AuditLog } from "../../src/ports/AuditLog.ts"
import { Directory } from "../../src/ports/Directory.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import { anAccount, anEvent, anInsertion, aSession, aStart } from "../support/builders.ts"
import { CHECK_VIOLATED, Forger, PERMISSION_DENIED, stores, UNIQUE_VIOLATED } from "./Forger.ts"

/** An account with four entries in its chain. */
const withChain = Effect.gen(function*() {
  const log = yield* AuditLog
  const store = yield* AccountStore
  const account = anAccount()
  yield* store.insertAccount(anInsertion(account))
  for (let made = 1; made < 4; made++) yield* log.append(anEvent({ account, action: "session.ended" }))
  return account
})

const verify = Effect.flatMap(AuditReview, (review) => review.verify(() => Effect.void))

/** What a verification finds in the chain of an account. */
const foundIn = Effect.fnUntraced(function*(chain: string) {
  const { breaks } = yield* verify
  return breaks.filter((it) => it.chain === chain).map(({ problem, sequence }) => [sequence, problem] as const)
})

const digest = (text: string) => createHash("sha256").update(text, "utf8").digest("hex")

const quoted = (text: string | undefined) => text === undefined ? "NULL" : `'${text.replaceAll("'", "''")}'`

/** The values of an entry that is right in all but its place. */
const valuesOf = (account: Account, sequence: number | string, previous: string, id?: string) => {
  const event = anEvent({ account, action: "password.changed" })
  const hash = digest(previous + canonicalText(event))
  return `('${account.id}', ${sequence}, '${hash}', '${id ?? event.id}', '${
    new Date(event.occurredAt.epochMilliseconds).toISOString()
  }', 'anonymous', 'password.changed', '${account.id}', NULL, '', NULL, '192.0.2.7')`
}

const inserted = (values: string) =>
  `INSERT INTO audit_log (chain, sequence, hash, id, occurred_at, actor, action, account_id, session_id, changed,
    request_id, client_address) VALUES ${values}`

const lastHash = Effect.fnUntraced(function*(account: Account) {
  const log = yield* AuditLog
  const links = yield* log.chains([{ chain: account.id, afterSequence: 3, limit: 1 }])
  return links[0]?.hash ?? ""
})

const updated = (set: string, sequence: number) => (account: Account) =>
  `UPDATE audit_log SET ${set} WHERE chain = '${account.id}' AND sequence = ${sequence}`

const moved = (set: string) => (account: Account) => `UPDATE audit_chains SET ${set} WHERE chain = '${account.id}'`

const hashAt = (sequence: number) =>
  `hash = (SELECT hash FROM audit_log l WHERE l.chain = audit_chains.chain AND l.sequence = ${sequence})`

interface Forgery {
  readonly how: string
  readonly statement: (account: Account, last: string) => string
  /** The database's answer to its owner. */
  readonly owner?: string
  readonly found?: ReadonlyArray<readonly [sequence: number, problem: string]>
}

const forgeries: ReadonlyArray<Forgery> = [
  {
    how: "an entry before the first",
    statement: (it) => inserted(valuesOf(it, 0, CHAIN_START)),
    owner: CHECK_VIOLATED
  },
  { how: "an entry long before the first", statement: (it) => inserted(valuesOf(it, -5, "")), owner: CHECK_VIOLATED },
  {
    how: "an entry after the end",
    statement: (it, last) => inserted(valuesOf(it, 5, last)),
    found: [[5, "entry-unexpected"]]
  },
  {
    how: "an entry far beyond the end",
    statement: (it) => inserted(valuesOf(it, "9223372036854775807", "")),
    found: [[2 ** 63, "entry-unexpected"]]
  },
  { how: "a second entry in one place", statement: (it) => inserted(valuesOf(it, 4, "")), owner: UNIQUE_VIOLATED },
  {
    how: "a second entry of one id",
    statement: (it) => inserted(`${valuesOf(it, 5, "", "twin")}, ${valuesOf(it, 6, "", "twin")}`),
    owner: UNIQUE_VIOLATED
  },
  { how: "another action", statement: updated("action = 'account.enabled'", 2), found: [[2, "entry-altered"]] },
  { how: "another actor", statement: updated("actor = 'admin:ada'", 3), found: [[3, "entry-altered"]] },
  {
    how: "another microsecond",
    statement: updated("occurred_at = occurred_at + interval '1 microsecond'", 2),
    found: [[2, "entry-unreadable"]]
  },
  { how: "an action nobody knows", statement: updated("action = 'tea.made'", 2), found: [[2, "entry-unreadable"]] },
  { how: "an id that is none", statement: updated("id = 'x' || id", 4), found: [[4, "entry-unreadable"]] },
  {
    how: "an entry less",
    statement: (it) => `DELETE FROM audit_log WHERE chain = '${it.id}' AND sequence = 2`,
    found: [[2, "entry-missing"]]
  },
  {
    how: "two entries in each other's place",
    statement: (it) => `UPDATE audit_log SET sequence = 5 - sequence WHERE chain = '${it.id}' AND sequence IN (2, 3)`,
    owner: UNIQUE_VIOLATED
  },
  {
    how: "an entry in another place",
    statement: updated("sequence = 9", 4),
    found: [[4, "entry-missing"], [9, "entry-unexpected"]]
  },
  {
    how: "an end that was moved back",
    statement: moved(`sequence = 2, ${hashAt(2)}`),
    found: [[4, "entry-unexpected"]]
  },
  { how: "an end before the first", statement: moved("sequence = -1"), owner: CHECK_VIOLATED },
  { how: "an end that was moved on", statement: moved("sequence = sequence + 1"), found: [[5, "entry-missing"]] },
  { how: "another hash at the end", statement: moved(hashAt(1)), found: [[5, "head-altered"]] },
  {
    how: "a chain without an end",
    statement: (it) => `DELETE FROM audit_chains WHERE chain = '${it.id}'`,
    found: [[1, "head-altered"]]
  },
  {
    how: "an end without a chain",
    statement: (it) => `DELETE FROM audit_log WHERE chain = '${it.id}'`,
    found: [[1, "entry-missing"]]
  },
  { how: "no log at all", statement: () => "TRUNCATE audit_log, audit_chains" }
]

/** Calls what the role may call, with an event of which some members are others than its text says. */
const recorded = (
  account: Account,
  event: Partial<ReturnType<typeof anEvent>>,
  columns: Record<string, string> = {}
) => {
  const whole = { ...anEvent({ account, action: "password.changed" }), ...event }
  const { id } = whole
  const value = {
    chain: quoted(whole.chain),
    text: quoted(JSON.stringify([
      id,
      whole.chain,
      whole.occurredAt.epochMilliseconds,
      "anonymous",
      columns["action"] ?? whole.action,
      whole.accountId ?? null,
      null,
      [],
      null,
      "192.0.2.7"
    ])),
    id: quoted(id),
    occurred_at: `'${new Date(whole.occurredAt.epochMilliseconds).toISOString()}'`,
    action: quoted(columns["action"] ?? whole.action),
    account_id: quoted(whole.accountId),
    ...(columns["occurred_at"] === undefined ? {} : { occurred_at: columns["occurred_at"] }),
    ...(columns["account_id"] === undefined ? {} : { account_id: columns["account_id"] })
  }
  return `SELECT record_audit_event(${value.chain}, ${value.text}, ${value.id}, ${value.occurred_at}, 'anonymous',
    ${value.action}, ${value.account_id}, NULL, '', NULL, '192.0.2.7')`
}

const inventions: ReadonlyArray<{
  readonly how: string
  readonly statement: (account: Account) => string
  readonly found: ReadonlyArray<readonly [sequence: number, problem: string]>
}> = [
  {
    how: "an action nobody knows",
    statement: (it) => recorded(it, {}, { action: "tea.made" }),
    found: [[5, "entry-unreadable"]]
  },
  {
    how: "an instant within a millisecond",
    statement: (it) => recorded(it, {}, { occurred_at: "'2026-03-01T12:00:00.123456Z'" }),
    found: [[5, "entry-unreadable"]]
  },
  {
    how: "another account's id",
    statement: (it) => recorded(it, {}, { account_id: quoted(anAccount().id) }),
    found: [[5, "entry-altered"]]
  },
  {
    how: "an entry of another account, rightly hashed",
    statement: (it) => recorded(it, { accountId: anAccount().id }),
    found: [[5, "entry-foreign"]]
  }
]

layer(stores, { timeout: "30 seconds" })("[P7] in the audit log", (it) => {
  it.effect.each(forgeries.map((forgery) => [forgery.how, forgery] as const))(
    "%s is beyond the documented role, and to the owner impossible or found",
    ([, { found = [], owner = "done", statement }]) =>
      Effect.gen(function*() {
        const { asOwner, asRole } = yield* Forger
        const account = yield* withChain
        const text = statement(account, yield* lastHash(account))
        assert.strictEqual(yield* asRole(text), PERMISSION_DENIED)
        assert.strictEqual(yield* asOwner(text), owner)
        assert.deepStrictEqual(yield* foundIn(account.id), found)
      })
  )

  it.effect.each(inventions.map((invention) => [invention.how, invention] as const))(
    "%s in what the documented role may record is found",
    ([, { found, statement }]) =>
      Effect.gen(function*() {
        const { asRole } = yield* Forger
        const account = yield* withChain
        assert.strictEqual(yield* asRole(statement(account)), "done")
        assert.deepStrictEqual(yield* foundIn(account.id), found)
      })
  )

  it.effect.each<readonly [string, (account: Account) => string]>([
    ["moved back", moved(`sequence = 2, ${hashAt(2)}`)],
    ["moved back to the first", moved(`sequence = 1, ${hashAt(1)}`)],
    ["moved on", moved("sequence = 7")],
    ["moved on as far as it goes", moved(`sequence = 9223372036854775807, ${hashAt(1)}`)],
    ["lost", (account: Account) => `DELETE FROM audit_chains WHERE chain = '${account.id}'`]
  ])(
    "when the end was %s the account still signs in, is recorded, and the chain is found broken",
    ([, statement]) =>
      Effect.gen(function*() {
        const { asOwner } = yield* Forger
        const store = yield* SessionStore
        const log = yield* AuditLog
        const account = yield* withChain
        assert.strictEqual(yield* asOwner(statement(account)), "done")
        for (let times = 0; times < 2; times++) {
          const start = aStart(aSession(account))
          assert.isTrue(Option.isSome(yield* store.insertSession(start)))
          const links = yield* log.chains([{ chain: account.id, afterSequence: 4, limit: 10 }])
          assert.deepStrictEqual(links.at(-1)?.event, start.commit.audit)
        }
        assert.isAbove((yield* foundIn(account.id)).length, 0)
      })
  )

  it.effect("an end of which only the place was moved back comes right with the next entry", () =>
    Effect.gen(function*() {
      const { asOwner } = yield* Forger
      const log = yield* AuditLog
      const account = yield* withChain
      yield* asOwner(moved("sequence = 1")(account))
      yield* log.append(anEvent({ account }))
      assert.deepStrictEqual(yield* foundIn(account.id), [])
    }))

  it.effect("rows that are no entries any more are listed as such, by whatever id they have", () =>
    Effect.gen(function*() {
      const { asOwner } = yield* Forger
      const directory = yield* Directory
      const account = yield* withChain
      yield* asOwner(updated("action = 'tea.made', id = 'zzz'", 4)(account))
      const all = { action: Option.none(), since: Option.none(), after: Option.none(), limit: 9 }
      const { items: listed } = yield* directory.listEntries({ ...all, accountId: Option.some(account.id) })
      assert.deepStrictEqual(listed.map(({ event, sequence }) => [sequence, event?.action]), [
        [4, undefined],
        [3, "session.ended"],
        [2, "session.ended"],
        [1, "account.created"]
      ])
      assert.strictEqual(listed[0]?.id, "zzz")
    }))
})
