import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { AuditReview } from "../../../src/domain/audit/AuditReview.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { isAccepted, signIn, signUp } from "../../support/people.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const ADA = Email.make("ada@example.com")
const BOB = Email.make("bob@example.com")

const arrange = Effect.gen(function*() {
  yield* signUp(ADA)
  return [yield* signIn(ADA), yield* signIn(ADA)] as const
})

describe("revoke-sessions of an account", () => {
  it.effect("ends all sessions and says how many", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const [{ account, token }] = yield* arrange
      const outcome = yield* run(["revoke-sessions", account.id, "--yes"])
      assert.deepStrictEqual(outcome, { exitCode: 0, stdout: "Ended 2 sessions of ada@example.com.", stderr: "" })
      assert.isFalse(yield* isAccepted(token))
      const again = yield* run(["revoke-sessions", account.id, "--yes", "--json"])
      assert.deepStrictEqual(JSON.parse(again.stdout), { account_id: account.id, sessions_ended: 0 })
    }).pipe(Effect.provide(layer())))

  it.effect("ends one session and no other", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const [one, other] = yield* arrange
      const args = ["revoke-sessions", ADA, "--session", one.session.id, "--yes"]
      assert.strictEqual((yield* run([...args, "--quiet"])).stdout, "1")
      assert.deepStrictEqual([yield* isAccepted(one.token), yield* isAccepted(other.token)], [false, true])
      assert.strictEqual((yield* run(args)).exitCode, 3)
    }).pipe(Effect.provide(layer())))

  it.effect("needs --yes without a terminal, and ends nothing without it", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const [{ token }] = yield* arrange
      const { exitCode, stderr } = yield* run(["revoke-sessions", ADA])
      assert.strictEqual(exitCode, 2)
      assert.include(stderr, "--yes")
      assert.isTrue(yield* isAccepted(token))
    }).pipe(Effect.provide(layer())))

  it.effect.each([["y", 0], ["n", 130], ["\r", 130], ["\u0003", 130]] as const)(
    "asks on a terminal, where %j ends with %i",
    ([typed, expected]) =>
      Effect.gen(function*() {
        const { run } = yield* CommandLine
        yield* arrange
        const { exitCode, stderr } = yield* run(["revoke-sessions", ADA], { typed })
        assert.strictEqual(exitCode, expected)
        assert.include(stderr, "End all sessions of ada@example.com?")
      }).pipe(Effect.provide(layer()))
  )

  it.effect("is recorded as done by the user of the operating system", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const review = yield* AuditReview
      yield* arrange
      yield* run(["revoke-sessions", ADA, "--user-agent", "curl", "--yes"])
      const log = yield* run(["audit-log", "--action", "sessions.revoked", "--json"])
      assert.deepStrictEqual(JSON.parse(log.stdout).entries[0].actor, { type: "admin", name: "grace" })
      assert.deepStrictEqual((yield* review.verify(() => Effect.void)).breaks, [])
    }).pipe(Effect.provide(layer())))
})

/** Ada's and Bob's sessions: yesterday's on the phone, today's on a laptop, and another one of Bob's from elsewhere. */
const crowd = Effect.gen(function*() {
  yield* signUp(ADA)
  yield* signUp(BOB)
  const phone = { userAgent: "Phone/1.0", ipAddress: "192.0.2.7" }
  const laptop = { userAgent: "Laptop/2.0", ipAddress: "198.51.100.1" }
  const sixth = { userAgent: "Laptop/2.0", ipAddress: "2001:db8::7" }
  const yesterday = [yield* signIn(ADA, undefined, { client: phone }), yield* signIn(BOB, undefined, { client: phone })]
  yield* TestClock.adjust("1 day")
  const today = [
    yield* signIn(ADA, undefined, { client: laptop }),
    yield* signIn(BOB, undefined, { client: laptop }),
    yield* signIn(BOB, undefined, { client: sixth })
  ]
  return [...yesterday, ...today]
})

const survivors = Effect.fnUntraced(function*(sessions: Effect.Success<typeof crowd>) {
  const accepted = yield* Effect.forEach(sessions, ({ token }) => isAccepted(token))
  return accepted.map((alive) => alive ? "+" : "-").join("")
})

/** Which of Ada's phone, Bob's phone, Ada's laptop, Bob's laptop and Bob's other laptop are still signed in. */
const cases: ReadonlyArray<readonly [flags: ReadonlyArray<string>, left: string, count: number, accounts: number]> = [
  [["--all-accounts"], "-----", 5, 2],
  [["--all-accounts", "--user-agent", "PHONE"], "--+++", 2, 2],
  [["--all-accounts", "--user-agent", "%"], "+++++", 0, 0],
  [["--all-accounts", "--ip", "192.0.2.0/24"], "--+++", 2, 2],
  [["--all-accounts", "--ip", "2001:db8::/32"], "++++-", 1, 1],
  [["--all-accounts", "--ip", "2001:DB8:0::7"], "++++-", 1, 1],
  [["--all-accounts", "--ip", "::ffff:198.51.100.1"], "++--+", 2, 2],
  [["--all-accounts", "--created-before", "2026-03-02T12:00:00Z"], "--+++", 2, 2],
  [["--all-accounts", "--created-before", "2026-03-02"], "--+++", 2, 2],
  [["--all-accounts", "--created-before", "2026-03-01T13:00:00+01:00"], "+++++", 0, 0],
  [["--all-accounts", "--user-agent", "laptop", "--ip", "198.51.100.1"], "++--+", 2, 2],
  [[BOB, "--user-agent", "laptop"], "+++--", 2, 1],
  [[BOB, "--created-before", "2026-03-02", "--ip", "192.0.2.7"], "+-+++", 1, 1]
]

describe("revoke-sessions by what they have in common", () => {
  it.effect.each(cases)(
    "%j leaves %s, and --dry-run says so before",
    ([flags, left, count, accounts]) =>
      Effect.gen(function*() {
        const { run } = yield* CommandLine
        const sessions = yield* crowd
        const whose = flags[0] === BOB ? { account_id: sessions[1]?.account.id } : { accounts }
        const dry = yield* run(["revoke-sessions", ...flags, "--dry-run", "--json"])
        assert.deepStrictEqual(JSON.parse(dry.stdout), { ...whose, sessions_matching: count })
        assert.strictEqual(yield* survivors(sessions), "+++++")
        const done = yield* run(["revoke-sessions", ...flags, "--yes", "--json"])
        assert.deepStrictEqual(JSON.parse(done.stdout), { ...whose, sessions_ended: count })
        assert.strictEqual(yield* survivors(sessions), left)
      }).pipe(Effect.provide(layer()))
  )

  it.effect("says in a sentence what it did or would do", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* crowd
      const say = (...flags: ReadonlyArray<string>) =>
        Effect.map(run(["revoke-sessions", ...flags]), (all) => all.stdout)
      assert.strictEqual(yield* say(ADA, "--dry-run"), "Would end 2 sessions of ada@example.com.")
      assert.strictEqual(yield* say("--all-accounts", "--dry-run", "-q"), "5")
      assert.strictEqual(yield* say("--all-accounts", "--dry-run"), "Would end 5 sessions of 2 accounts.")
      assert.strictEqual(yield* say(ADA, "--ip", "192.0.2.7", "--yes"), "Ended 1 session of ada@example.com.")
      assert.strictEqual(yield* say("--all-accounts", "--yes"), "Ended 4 sessions of 2 accounts.")
    }).pipe(Effect.provide(layer())))

  it.effect("asks on a terminal about exactly what it would end", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const sessions = yield* crowd
      const filter = ["--created-before", "2026-03-02", "--ip", "192.0.2.0/24", "--user-agent", "phone"]
      const { exitCode, stderr } = yield* run(["revoke-sessions", "--all-accounts", ...filter], { typed: "n" })
      assert.strictEqual(exitCode, 130)
      assert.include(
        stderr,
        "End all sessions of all accounts that were started before 2026-03-02T00:00:00.000Z and from 192.0.2.0/24 and " +
          "by a user agent with \"phone\" in it?"
      )
      assert.strictEqual(yield* survivors(sessions), "+++++")
    }).pipe(Effect.provide(layer())))

  it.effect("of nobody exits 3", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      assert.strictEqual((yield* run(["revoke-sessions", ADA, "--dry-run"])).exitCode, 3)
    }).pipe(Effect.provide(layer())))
})

describe("revoke-sessions refuses before it starts anything", () => {
  it.effect.each(
    [
      [["--ip", "192.0.2.7"], "Say whose sessions to end"],
      [["--all-accounts", "--ip", "localhost"], "--ip must be an address or a network"],
      [["--all-accounts"], "--yes"]
    ] as const
  )("%j", ([flags, complaint]) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr, stdout } = yield* run(["revoke-sessions", ...flags])
      assert.deepStrictEqual([exitCode, stdout], [2, ""])
      assert.include(stderr, complaint)
    }).pipe(Effect.provide(layer({ services: () => Layer.unwrap(Effect.die("it was started")) }))))
})
