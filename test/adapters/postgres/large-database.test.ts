import { assert, layer as share } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { CommandLine, layer } from "../cli/TestCommandLine.ts"
import {
  ACCOUNTS,
  DISABLED,
  ENTRIES,
  idOf,
  OWN_EXPIRED,
  OWN_SESSIONS,
  RARE,
  SESSIONS_EACH,
  stores
} from "./LargeDatabase.ts"
import { RowsRead } from "./RowsRead.ts"

const MINUTE = 60_000

/** A list reads up to 5,000 rows and what belongs to a page of them. Rows that were just deleted are read, too. */
const ROWS_MAX = 6000

/** What a command prints with `--json`, once it succeeded and no statement of it read more than that. */
const succeeds = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
  const { run } = yield* CommandLine
  const { most } = yield* RowsRead
  const { exitCode, stderr, stdout } = yield* run([...args, "--json"])
  assert.strictEqual(exitCode, 0, `${args.join(" ")}: ${stderr}`)
  const { rows, statement } = yield* most
  assert.isAtMost(rows, ROWS_MAX, `${args.join(" ")}: ${statement}`)
  return JSON.parse(stdout)
})

const OWN = idOf("acct", 1)

share(Layer.merge(layer({}, { stores }), RowsRead.layer), { timeout: MINUTE })(
  "in a large database, with few rows read by each statement",
  (it) => {
    it.effect(
      "the audit log is listed by what is rare in it, from page to page and to its end",
      () =>
        Effect.gen(function*() {
          const newest = yield* succeeds("audit-log", "--limit", "2")
          assert.deepStrictEqual(newest.entries.map(({ id }: { readonly id: string }) => id), [
            idOf("aud", ENTRIES),
            idOf("aud", ENTRIES - 1)
          ])
          // Four entries are as young as that, and nothing says that no older id is.
          const since = yield* succeeds("audit-log", "--since", "2026-03-01T11:59:57Z")
          assert.deepStrictEqual([since.entries.length, since.next], [4, null])
          const none = yield* succeeds(
            "audit-log",
            "--since",
            "2026-01-01",
            "--account",
            OWN,
            "--action",
            "account.deleted"
          )
          assert.deepStrictEqual([none.entries, none.next], [[], null])
          assert.deepStrictEqual((yield* succeeds("audit-log", "--action", "account.deleted")).entries, [])
          const ofAction = Effect.fnUntraced(function*(action: string, ...from: ReadonlyArray<string>) {
            const { entries, next } = yield* succeeds("audit-log", "--action", action, "--limit", "2", ...from)
            return { ids: entries.map(({ id }: { readonly id: string }) => id), next }
          })
          for (
            const [action, numbers] of [
              ["session.started", [ENTRIES - 1, ENTRIES - 2, ENTRIES - 3, ENTRIES - 4]],
              ["account.disabled", [ENTRIES, ENTRIES - RARE, ENTRIES - 2 * RARE, ENTRIES - 3 * RARE]]
            ] as const
          ) {
            const first = yield* ofAction(action)
            const second = yield* ofAction(action, "--after", first.next)
            assert.deepStrictEqual([...first.ids, ...second.ids], numbers.map((number) => idOf("aud", number)))
          }
          const page = yield* succeeds("audit-log", "--account", OWN, "--limit", "100")
          const next = yield* succeeds("audit-log", "--account", OWN, "--limit", "100", "--after", page.next)
          assert.deepStrictEqual([page.entries[0].sequence, next.entries[0].sequence], [1000, 900])
        }),
      MINUTE
    )

    it.effect("accounts are listed by what is rare among them", () =>
      Effect.gen(function*() {
        const disabled = [5000, 10_000, 15_000].map((number) => idOf("acct", number))
        const ids = ({ accounts }: { readonly accounts: ReadonlyArray<{ readonly id: string }> }) =>
          accounts.map(({ id }) => id)
        const oldest = yield* succeeds("list-accounts", "--limit", "2")
        assert.deepStrictEqual(ids(oldest), [idOf("acct", ACCOUNTS), idOf("acct", ACCOUNTS - 1)])
        const byStatus = yield* succeeds("list-accounts", "--status", "disabled", "--limit", "2")
        assert.deepStrictEqual(ids(byStatus), disabled.toReversed().slice(0, 2))
        const rest = yield* succeeds("list-accounts", "--status", "disabled", "--limit", "2", "--after", byStatus.next)
        assert.deepStrictEqual([ids(rest), rest.next], [disabled.slice(0, 1), null])
        const verified = [15_001, 10_001, 5001, 1].map((number) => idOf("acct", number))
        const byProof = yield* succeeds("list-accounts", "--verified", "yes", "--limit", "3")
        const others = yield* succeeds("list-accounts", "--verified", "yes", "--limit", "3", "--after", byProof.next)
        assert.deepStrictEqual([ids(byProof), ids(others), others.next], [
          verified.slice(0, 3),
          verified.slice(3),
          null
        ])
        const both = yield* succeeds("list-accounts", "--verified", "yes", "--status", "disabled")
        assert.deepStrictEqual([both.accounts, both.next], [[], null])
        // No index has these together, so all active accounts are looked through, in parts.
        const few = yield* succeeds("list-accounts", "--verified", "yes", "--status", "active")
        assert.deepStrictEqual([ids(few), few.next], [verified, null])
        const byEmail = yield* succeeds("list-accounts", "--email-prefix", "person-", "--status", "disabled")
        assert.deepStrictEqual([ids(byEmail).toSorted(), byEmail.next], [disabled, null])
        const first = yield* succeeds("list-accounts", "--created-before", "2026-03-01", "--email-prefix", "p")
        assert.deepStrictEqual([first.accounts, first.next], [[], null])
      }), MINUTE)

    it.effect(
      "an account's live sessions are listed whole, past more expired ones than a page reads",
      () =>
        Effect.gen(function*() {
          const { next, sessions } = yield* succeeds("list-sessions", OWN, "--limit", "100")
          const more = yield* succeeds("list-sessions", OWN, "--limit", "100", "--after", next)
          assert.deepStrictEqual(
            [...sessions, ...more.sessions].map(({ id }) => id),
            Array.from({ length: 200 }, (_, index) => idOf("ses", index + 1))
          )
        }),
      MINUTE
    )

    it.effect(
      "sessions are counted and ended by what all have in common, and by what is rare among them",
      () =>
        Effect.gen(function*() {
          const all = ["revoke-sessions", "--all-accounts", "--user-agent", "firefox", "--dry-run"]
          const holders = ACCOUNTS - DISABLED
          assert.deepStrictEqual(yield* succeeds(...all), {
            accounts: holders,
            sessions_matching: (holders - 1) * SESSIONS_EACH + OWN_SESSIONS
          })
          const rare = ["revoke-sessions", "--all-accounts", "--ip", "203.0.113.0/24"]
          assert.deepStrictEqual(yield* succeeds(...rare, "--dry-run"), { accounts: 4, sessions_matching: 4 })
          assert.deepStrictEqual(yield* succeeds(...rare, "--yes"), { accounts: 4, sessions_ended: 4 })
        }),
      MINUTE
    )

    it.effect("what is over is pruned", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* succeeds("prune")).sessions_removed, 2 * OWN_EXPIRED)
      }), MINUTE)

    it.effect("all sessions of an account are ended", () =>
      Effect.gen(function*() {
        const own = ["revoke-sessions", OWN, "--user-agent", "firefox"]
        assert.strictEqual((yield* succeeds(...own, "--dry-run")).sessions_matching, OWN_SESSIONS)
        assert.strictEqual((yield* succeeds(...own, "--yes")).sessions_ended, OWN_SESSIONS)
      }), MINUTE)

    it.effect("[P7] the audit log is verified whole", () =>
      Effect.gen(function*() {
        const { breaks, entries } = yield* succeeds("audit-log", "--verify")
        assert.deepStrictEqual(breaks, [])
        assert.isAtLeast(entries, ENTRIES)
      }), MINUTE)
  }
)
