import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as MemoryStores from "../../../src/adapters/memory/MemoryStores.ts"
import { Caller } from "../../../src/domain/model/Caller.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { AuditLog } from "../../../src/ports/AuditLog.ts"
import { signIn, signUp } from "../../support/people.ts"
import { changing } from "../../support/stores.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const ADA = Email.make("ada@example.com")

const golden = (name: string, text: string) =>
  Effect.promise(() => expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}.txt`))

/** The life of an account: Ada signs up, signs in and is refused once. The administrator does everything else. */
const life = Effect.gen(function*() {
  const { run } = yield* CommandLine
  const { id } = yield* signUp(ADA)
  yield* TestClock.adjust("1 minute")
  yield* signIn(ADA)
  yield* Effect.flip(signIn(ADA, "wrong horse battery staple"))
  yield* TestClock.adjust("1 day")
  yield* run(["update-account", ADA, "--display-name", "Ada King", "--email", "ada@example.org"])
  yield* run(["disable-account", id, "--yes"])
  yield* run(["delete-account", id, "--yes"])
  return id
})

const actions = Effect.fnUntraced(function*(...flags: ReadonlyArray<string>) {
  const { run } = yield* CommandLine
  const { entries } = JSON.parse((yield* run(["audit-log", "--json", ...flags])).stdout)
  return entries.map(({ action }: { readonly action: string }) => action)
})

describe("audit-log", () => {
  it.effect("shows what happened, newest first, and who did it", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* life
      const { exitCode, stderr, stdout } = yield* run(["audit-log"])
      assert.deepStrictEqual([exitCode, stderr], [0, ""])
      yield* golden("audit-log", stdout)
      assert.notInclude(stdout, "ada@")
      const quiet = yield* run(["audit-log", "--quiet", "--limit", "1"])
      assert.match(quiet.stdout, /^aud_[0-9a-z]{25}$/)
    }).pipe(Effect.provide(layer())))

  it.effect("of one account fits who did it from where into 80 columns", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const caller = { actor: { type: "anonymous" }, requestId: undefined, clientAddress: "203.0.113.7" } as const
      const id = yield* Effect.provideService(life, Caller, caller)
      const { stdout } = yield* run(["audit-log", "--account", id], { columns: 80 })
      yield* golden("audit-log-account", stdout)
      for (const line of stdout.split("\n")) assert.isAtMost(line.length, 80)
      assert.match(stdout, /^OCCURRED +ACTION +DETAILS +ACTOR +(SESSION +)?ADDRESS$/m)
      assert.match(stdout, / account.created .* account .* 203\.0\.113\.7$/m)
    }).pipe(Effect.provide(layer())))

  it.effect("prints every field of an entry with --json", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const id = yield* life
      const { stdout } = yield* run(["audit-log", "--action", "account.updated", "--json"])
      const { entries: [{ hash, ...entry }, ...others], next } = JSON.parse(stdout)
      assert.match(hash, /^[0-9a-f]{64}$/)
      assert.deepStrictEqual([others, next], [[], null])
      assert.deepStrictEqual(entry, {
        id: "aud_0000000000000000000000004",
        occurred_at: "2026-03-02T12:01:00.123Z",
        actor: { type: "admin", name: "grace" },
        action: "account.updated",
        account_id: id,
        session_id: null,
        api_key_id: null,
        changed: ["email", "display_name"],
        amr: [],
        request_id: null,
        client_address: null,
        sequence: 4
      })
    }).pipe(Effect.provide(layer())))

  it.effect("is narrowed by account, action and time", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const id = yield* life
      yield* signUp(Email.make("bob@example.com"))
      const all = yield* actions()
      assert.deepStrictEqual([all.length, all[0]], [7, "account.created"])
      assert.deepStrictEqual(yield* actions("--account", id), all.slice(1))
      assert.deepStrictEqual(yield* actions("--account", "bob@example.com"), ["account.created"])
      assert.deepStrictEqual(yield* actions("--action", "session.started"), ["session.started"])
      assert.strictEqual((yield* actions("--since", "2026-03-02")).length, 4)
      assert.deepStrictEqual(yield* actions("--since", "2026-03-03"), [])
      assert.strictEqual((yield* run(["audit-log", "--account", ADA])).exitCode, 3)
    }).pipe(Effect.provide(layer())))

  it.effect("can be followed from page to page, with the same filter only", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const id = yield* life
      const all = yield* actions("--account", id)
      const first = yield* run(["audit-log", "--account", id, "--limit", "4"])
      const after = /--after (\S+)/.exec(first.stderr)?.[1] ?? ""
      assert.deepStrictEqual(yield* actions("--account", id, "--limit", "4", "--after", after), all.slice(4))
      assert.strictEqual((yield* run(["audit-log", "--after", after])).exitCode, 2)
    }).pipe(Effect.provide(layer())))

  it.effect("prints nothing but a note when there is nothing", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const outcome = yield* run(["audit-log"])
      assert.deepStrictEqual(outcome, { exitCode: 0, stdout: "", stderr: "There are no entries yet." })
      const { stderr } = yield* run(["audit-log", "--action", "session.started"])
      assert.strictEqual(stderr, "There are no such entries.")
    }).pipe(Effect.provide(layer())))

  it.effect.each(
    [
      [["--account", "nobody"], "--account must be an account id or an email"],
      [["--action", "account.vanished"], "--action"],
      [["--since", "yesterday"], "--since must be an instant such as"],
      [["--verify", "--account", ADA], "--verify checks the whole log"],
      [["--verify", "--since", "2026-03-01"], "--verify checks the whole log"],
      [["--verify", "--limit", "5"], "--verify checks the whole log"]
    ] as const
  )("with %j is wrong usage", ([flags, complaint]) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr, stdout } = yield* run(["audit-log", ...flags])
      assert.deepStrictEqual([exitCode, stdout], [2, ""])
      assert.include(stderr, complaint)
    }).pipe(Effect.provide(layer({ services: () => Layer.unwrap(Effect.die("it was started")) }))))
})

/** Stores whose audit log lacks a sign-in that somebody has removed. */
const incomplete = changing(AuditLog, (log) => ({
  chains: (parts) =>
    Effect.map(log.chains(parts), (links) => links.filter(({ event }) => event?.action !== "session.started"))
})).pipe(Layer.provideMerge(MemoryStores.layer))

describe("audit-log --verify", () => {
  it.effect("says how much it verified", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* life
      yield* signUp(Email.make("bob@example.com"))
      const outcome = yield* run(["audit-log", "--verify"])
      assert.deepStrictEqual(outcome, {
        exitCode: 0,
        stdout: "Verified 7 entries in 2 chains: none was altered, removed or moved.",
        stderr: ""
      })
      const { stdout } = yield* run(["audit-log", "--verify", "--json"])
      assert.deepStrictEqual(JSON.parse(stdout), { chains: 2, entries: 7, forgotten: 0, breaks: [] })
      assert.strictEqual((yield* run(["audit-log", "--verify", "--quiet"])).stdout, "")
    }).pipe(Effect.provide(layer())))

  it.effect("names what is broken on stdout and exits 1", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const id = yield* life
      const { exitCode, stderr, stdout } = yield* run(["audit-log", "--verify"])
      assert.strictEqual(exitCode, 1)
      assert.deepStrictEqual(stdout.split("\n").map((line) => line.split(/ +/)), [
        ["CHAIN", "SEQUENCE", "PROBLEM"],
        [id, "2", "entry-missing"]
      ])
      assert.include(stderr, "The audit log was tampered with: 1 of its 1 chain does not hold.")
      const json = yield* run(["audit-log", "--verify", "--json"])
      assert.deepStrictEqual(JSON.parse(json.stdout).breaks, [{ chain: id, sequence: 2, problem: "entry-missing" }])
      assert.strictEqual(JSON.parse(json.stderr).error.code, "audit-log-broken")
      assert.strictEqual((yield* run(["audit-log", "--verify", "-q"])).stdout, `${id} 2 entry-missing`)
    }).pipe(Effect.provide(layer({}, { stores: incomplete }))))
})
