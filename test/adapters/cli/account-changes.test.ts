import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Email } from "../../../src/domain/model/Email.ts"
import { isAccepted, PASSWORD, signIn, signUp } from "../../support/people.ts"
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
        pending_email: null,
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
      assert.strictEqual(updated.exitCode, 0)
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
      assert.deepStrictEqual([deleted.exitCode, deleted.stderr], [0, "Deleted ada@example.com."])
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
      assert.strictEqual(
        stderr,
        "Delete ada@example.com and end all of its sessions? It can't be brought back. [y/N] \nn\n\nNothing was done."
      )
      const givenUp = yield* run(["delete-account", ADA], { typed: "\u0003" })
      assert.strictEqual(givenUp.exitCode, 130)
      assert.match(givenUp.stderr, /\[y\/N\] \n\n$/)
      assert.strictEqual((yield* run(["delete-account", ADA], { typed: "y" })).exitCode, 0)
    }).pipe(Effect.provide(layer())))
})

describe("set-password", () => {
  const ANOTHER = "battery staple horse"

  it.effect.each(["--password-stdin", "--password-file", "a terminal"])(
    "takes a password from %s, ends all sessions and names who did it",
    (way) =>
      Effect.gen(function*() {
        const { run } = yield* CommandLine
        const fs = yield* FileSystem.FileSystem
        yield* signUp(ADA)
        const { account, token } = yield* signIn(ADA)
        const file = yield* fs.makeTempFileScoped()
        yield* fs.writeFileString(file, ANOTHER)
        const flags = way === "--password-file" ? [way, file] : way === "--password-stdin" ? [way] : []
        const person = way === "a terminal" ? { typed: `${ANOTHER}\r${ANOTHER}\r` } : { stdin: ANOTHER }
        const { exitCode, stderr, stdout } = yield* run(["set-password", ADA, ...flags], person)
        assert.deepStrictEqual([exitCode, stdout.split("\n")[0]], [0, `id              ${account.id}`])
        assert.match(stderr, /Set the password of ada@example\.com\. 1 session ended\.$/)
        assert.notInclude(stderr + stdout, ANOTHER)
        assert.isFalse(yield* isAccepted(token))
        yield* signIn(ADA, ANOTHER)
        const log = yield* run(["audit-log", "--action", "password.changed", "--json"])
        assert.deepStrictEqual(JSON.parse(log.stdout).entries[0].actor, { type: "admin", name: "grace" })
      }).pipe(Effect.provide([layer(), NodeFileSystem.layer]))
  )

  it.effect("of nobody is refused before anybody is asked", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr } = yield* run(["set-password", ADA], { typed: "" })
      assert.strictEqual(exitCode, 3)
      assert.notInclude(stderr, "Password")
    }).pipe(Effect.provide(layer())))

  it.effect("without a terminal needs to know where the password is, before anything starts", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr } = yield* run(["set-password", ADA])
      assert.strictEqual(exitCode, 2)
      assert.include(stderr, "--password-file")
    }).pipe(Effect.provide(nothingStarts)))

  it.effect("says which rule refuses a password, and changes nothing", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* signUp(ADA)
      const { exitCode, stderr } = yield* run(["set-password", ADA, "--password-stdin"], { stdin: ADA })
      assert.deepStrictEqual([exitCode, stderr], [2, "The password must not be the account's email or name."])
      yield* signIn(ADA)
    }).pipe(Effect.provide(layer())))
})

describe("what happened is said in words", () => {
  it.effect("when an account is disabled and enabled, also again", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { id } = yield* signUp(ADA)
      const said = (...args: ReadonlyArray<string>) => Effect.map(run(args), ({ stderr }) => stderr)
      assert.strictEqual(yield* said("disable-account", id, "--yes"), `Disabled ${ADA}. Its sessions have ended.`)
      assert.strictEqual(yield* said("disable-account", id, "--yes"), `${ADA} was disabled already.`)
      assert.strictEqual(yield* said("enable-account", id), `Enabled ${ADA}. It can sign in again.`)
      assert.strictEqual(yield* said("enable-account", id), `${ADA} was enabled already.`)
      assert.strictEqual(yield* said("disable-account", id, "--yes", "--json"), "")
    }).pipe(Effect.provide(layer())))

  it.effect("when an account is created and changed, also when nothing changes", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const said = (args: ReadonlyArray<string>, stdin = "") => Effect.map(run(args, { stdin }), ({ stderr }) => stderr)
      const created = ["create-account", "--email", ADA, "--display-name", "Ada", "--password-stdin"]
      assert.strictEqual(yield* said(created, PASSWORD), `Created the account of ${ADA}.`)
      const renamed = ["update-account", ADA, "--display-name", "Ada King"]
      assert.strictEqual(yield* said(renamed), `Changed the display name of ${ADA}.`)
      assert.strictEqual(yield* said(renamed), `Nothing about ${ADA} has changed.`)
      const moved = ["update-account", ADA, "--display-name", "Ada", "--email", "ada@example.org"]
      assert.strictEqual(
        yield* said(moved),
        "Changed the email and the display name of ada@example.org. Its sessions have ended."
      )
      assert.strictEqual(yield* said(["update-account", "ada@example.org", "--display-name", "A", "--quiet"]), "")
    }).pipe(Effect.provide(layer())))

  it.effect.each(["delete-account", "disable-account", "revoke-sessions"])(
    "%s of nobody is refused before anybody is asked",
    (command) =>
      Effect.gen(function*() {
        const { run } = yield* CommandLine
        const { exitCode, stderr } = yield* run([command, ADA], { typed: "y" })
        assert.strictEqual(exitCode, 3)
        assert.notInclude(stderr, "?")
      }).pipe(Effect.provide(layer()))
  )
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
