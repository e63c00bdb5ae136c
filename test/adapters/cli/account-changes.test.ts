import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Email } from "../../../src/domain/model/Email.ts"
import { isAccepted, signIn, signUp } from "../../support/people.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const ADA = Email.make("ada@example.com")
const BOB = Email.make("bob@example.com")

const nothingStarts = layer({ services: () => Layer.unwrap(Effect.die("it was started")) })

describe("update-account", () => {
  it.effect("changes the display name, prints the account and ends no session", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* signUp(ADA)
      const { account, token } = yield* signIn(ADA)
      yield* TestClock.adjust("1 hour")
      const updated = yield* run(["update-account", ADA, "--display-name", " Ada King ", "--json"])
      assert.deepStrictEqual(JSON.parse(updated.stdout), {
        id: account.id,
        email: "ada@example.com",
        email_verified: false,
        display_name: "Ada King",
        status: "active",
        created_at: "2026-03-01T12:00:00.123Z",
        updated_at: "2026-03-01T13:00:00.123Z",
        version: 2
      })
      assert.isTrue(yield* isAccepted(token))
    }).pipe(Effect.provide(layer())))

  it.effect("moves the email and ends the sessions; the old one is free", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* signUp(ADA)
      const { account, token } = yield* signIn(ADA)
      const updated = yield* run(["update-account", account.id, "--email", "ada@example.org"])
      assert.deepStrictEqual([updated.exitCode, updated.stderr], [0, ""])
      assert.match(updated.stdout, /^email {11}ada@example\.org$/m)
      assert.isFalse(yield* isAccepted(token))
      assert.strictEqual((yield* run(["show-account", ADA])).exitCode, 3)
      yield* signUp(ADA)
    }).pipe(Effect.provide(layer())))

  it.effect("refuses another account's email and changes nothing then", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* signUp(ADA)
      yield* signUp(BOB)
      const refused = yield* run(["update-account", ADA, "--email", "BOB@example.com", "--display-name", "X", "--json"])
      assert.deepStrictEqual([refused.exitCode, refused.stdout], [3, ""])
      assert.strictEqual(JSON.parse(refused.stderr).error.code, "email-already-exists")
      assert.strictEqual(JSON.parse((yield* run(["show-account", ADA, "--json"])).stdout).version, 1)
    }).pipe(Effect.provide(layer())))

  it.effect.each(
    [
      [[], "Say what to change"],
      [["--email", "ada"], "--email must be an email address"],
      [["--display-name", ""], "--display-name must not be blank"]
    ] as const
  )("with %j is wrong usage", ([flags, complaint]) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr, stdout } = yield* run(["update-account", ADA, ...flags])
      assert.deepStrictEqual([exitCode, stdout], [2, ""])
      assert.include(stderr, complaint)
    }).pipe(Effect.provide(nothingStarts)))
})

describe("delete-account", () => {
  it.effect("removes account and sessions, and prints what is gone", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* signUp(ADA)
      const { account, token } = yield* signIn(ADA)
      const deleted = yield* run(["delete-account", ADA, "--yes"])
      assert.deepStrictEqual([deleted.exitCode, deleted.stderr], [0, "The account is gone."])
      assert.include(deleted.stdout, account.id)
      assert.isFalse(yield* isAccepted(token))
      assert.strictEqual((yield* run(["show-account", account.id])).exitCode, 3)
      assert.strictEqual((yield* run(["delete-account", account.id, "--yes"])).exitCode, 3)
    }).pipe(Effect.provide(layer())))

  it.effect("prints the account as it was with --json", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* signUp(ADA)
      const shown = yield* run(["show-account", ADA, "--json"])
      const deleted = yield* run(["delete-account", ADA, "--yes", "--json"])
      assert.deepStrictEqual(deleted, shown)
    }).pipe(Effect.provide(layer())))

  it.effect("needs --yes without a terminal", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr } = yield* run(["delete-account", ADA])
      assert.strictEqual(exitCode, 2)
      assert.include(stderr, "--yes")
    }).pipe(Effect.provide(nothingStarts)))

  it.effect("asks on a terminal, and leaves the account when the answer is no", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* signUp(ADA)
      const { exitCode, stderr } = yield* run(["delete-account", ADA], { typed: "n" })
      assert.strictEqual(exitCode, 130)
      assert.include(stderr, "Delete ada@example.com and end all of its sessions?")
      assert.strictEqual((yield* run(["delete-account", ADA], { typed: "y" })).exitCode, 0)
    }).pipe(Effect.provide(layer())))
})

it.effect("list-accounts shows those created in a span of time", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    yield* signUp(ADA)
    yield* TestClock.adjust("1 day")
    yield* signUp(BOB)
    const emails = Effect.fnUntraced(function*(...flags: ReadonlyArray<string>) {
      const { accounts } = JSON.parse((yield* run(["list-accounts", "--json", ...flags])).stdout)
      return accounts.map(({ email }: { readonly email: string }) => email)
    })
    assert.deepStrictEqual(yield* emails("--created-since", "2026-03-02"), [BOB])
    assert.deepStrictEqual(yield* emails("--created-before", "2026-03-02"), [ADA])
    assert.deepStrictEqual(yield* emails("--created-since", "2026-03-01T12:00:00.123Z"), [ADA, BOB])
    assert.deepStrictEqual(yield* emails("--created-before", "2026-03-01T12:00:00.123Z"), [])
    const both = yield* emails("--created-since", "2026-03-01T13:00:00+01:00", "--created-before", "2026-03-02")
    assert.deepStrictEqual(both, [ADA])
  }).pipe(Effect.provide(layer())))
