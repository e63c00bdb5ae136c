import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Option } from "effect"
import { describe as describeFailure } from "../../../src/adapters/cli/kit/Failure.ts"
import {
  ClockTooFarOff,
  StoreObstruction,
  StoreUnavailable,
  StoreUnsuitable,
  TooManyAttempts
} from "../../../src/domain/model/IdentityErrors.ts"
import { CommandFailed } from "../../../src/platform/process/CommandFailed.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const NOBODY = "acct_zzzzzzzzzzzzzzzzzzzzzzzzz"

const usage: ReadonlyArray<readonly [args: ReadonlyArray<string>, complaint: string]> = [
  [["creat-account"], "create-account"],
  [["list-accounts", "--limt", "3"], "--limit"],
  [["list-accounts", "--limit", "0"], "--limit must be a whole number from 1 to 100: \"0\""],
  [["list-accounts", "--limit", "101"], "--limit must be a whole number from 1 to 100"],
  [["list-accounts", "--limit", "1.5"], "--limit must be a whole number from 1 to 100"],
  [["list-accounts", "--limit", "x"], "--limit must be a whole number from 1 to 100"],
  [["list-accounts", "--status", "asleep"], "--status can't be \"asleep\". It may be active or disabled."],
  [["list-accounts", "--status", "activ"], "--status can't be \"activ\". Did you mean active? It may be"],
  [["help", "prun"], "<command> can't be \"prun\". Did you mean prune? It may be serve, migrate, "],
  [["list-accounts", "--after", "junk"], "--after"],
  [["list-accounts", "surplus"], "surplus"],
  [["show-account"], "account"],
  [["show-account", "not an email"], "<account> must be an account id or an email"],
  [["create-account", "--display-name", "Ada"], "--email"],
  [["create-account", "--email", "ada@example.com"], "--display-name"],
  [["create-account", "--email", "ada", "--display-name", "Ada"], "--email must be an email address"],
  [["create-account", "--email", "ada@example.com", "--display-name", " "], "--display-name must not be blank"],
  [["create-account", "--email", "ada@example.com", "--display-name", "Ada"], "--password-stdin"],
  [
    [
      "create-account",
      "--email",
      "ada@example.com",
      "--display-name",
      "Ada",
      "--password-stdin",
      "--password-file",
      "f"
    ],
    "not both"
  ],
  [["revoke-sessions", NOBODY, "--session", "mine", "--yes"], "--session must be a session id"],
  [["disable-account", NOBODY], "--yes"],
  [["--completions", "tcsh"], "tcsh"]
]

describe("wrong usage exits 2 and complains on stderr", () => {
  it.effect.each(usage)("%j", ([args, complaint]) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr, stdout } = yield* run(args)
      assert.deepStrictEqual([exitCode, stdout], [2, ""])
      assert.include(stderr, complaint)
    }).pipe(Effect.provide(layer())))
})

it.effect("a flag that npm has kept to itself is explained", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    const { exitCode, stderr } = yield* run(["serve", "8085"])
    assert.strictEqual(exitCode, 2)
    assert.include(stderr, "npm start -- --port 8085")
  }).pipe(Effect.provide(layer())))

describe("a password that is not accepted exits 2 and says why", () => {
  it.effect.each(
    [
      ["password1", "The password is a common or breached password, a variation of one, or a simple pattern."],
      ["ada@example.com", "The password must not be the account's email or name."],
      ["identity-2026-07-11", "The password must not be the name of this service."]
    ] as const
  )("%s", ([password, sentence]) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const args = ["create-account", "--email", "ada@example.com", "--display-name", "Ada", "--password-stdin"]
      assert.deepStrictEqual(yield* run(args, { stdin: password }), { exitCode: 2, stdout: "", stderr: sentence })
    }).pipe(Effect.provide(layer())))
})

describe("a refusal by a rule exits 3 and says what to do", () => {
  it.effect.each([
    ["show-account"],
    ["disable-account", "--yes"],
    ["enable-account"],
    ["list-sessions"],
    ["revoke-sessions", "--yes"],
    ["revoke-sessions", "--yes", "--session", "ses_zzzzzzzzzzzzzzzzzzzzzzzzz"]
  ])("%s of nobody", ([command, ...flags]) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr, stdout } = yield* run([command ?? "", NOBODY, ...flags])
      assert.deepStrictEqual([exitCode, stdout], [3, ""])
      assert.include(stderr, "identity list-accounts")
    }).pipe(Effect.provide(layer())))

  it.effect("an email that is taken, in another spelling", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const args = (email: string) => ["create-account", "--email", email, "--display-name", "Ada", "--password-stdin"]
      yield* run(args("ada@example.com"), { stdin: "correct horse" })
      const { exitCode, stderr, stdout } = yield* run(args("Ada@EXAMPLE.com"), { stdin: "correct horse" })
      assert.deepStrictEqual([exitCode, stdout], [3, ""])
      assert.include(stderr, "exists already")
    }).pipe(Effect.provide(layer())))
})

it("one attempt too many exits 3 and says how long to wait", () => {
  const attempts = {
    action: "sign-up" as const,
    scope: "email" as const,
    limit: 10,
    window: Duration.hours(10),
    retryAfter: Duration.millis(1001)
  }
  const { code, exitCode, message } = describeFailure(new TooManyAttempts(attempts))
  assert.deepStrictEqual([exitCode, code], [3, "too-many-requests"])
  assert.include(message, "Try again in 2 seconds.")
})

it("a machine whose clock is far off exits 3 and says how far", () => {
  const { code, exitCode, message } = describeFailure(new ClockTooFarOff({ offsetMillis: -40 * 86_400_000 }))
  assert.deepStrictEqual([exitCode, code], [3, "clock-too-far-off"])
  assert.include(message, "The clock of this machine is 40d ahead of the database's. Nothing was done")
})

describe("a failure exits 1 with one sentence", () => {
  it.effect("when the database can't be reached", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr, stdout } = yield* run(["list-accounts"])
      assert.deepStrictEqual([exitCode, stdout], [1, ""])
      assert.include(stderr, "IDENTITY_DATABASE_URL")
      assert.notInclude(stderr, "\n")
    }).pipe(Effect.provide(layer({ services: () => Layer.unwrap(Effect.fail(new StoreUnavailable())) }))))

  it("that says what to do, where what is in the way is known", () => {
    const outcomes = StoreObstruction.literals.map((reason) => describeFailure(new StoreUnavailable({ reason })))
    assert.strictEqual(new Set(outcomes.map(({ message }) => message)).size, StoreObstruction.literals.length)
    for (const { code, exitCode, message } of outcomes) {
      assert.strictEqual(exitCode, code === "text-not-storable" ? 2 : 1)
      assert.include(["text-not-storable", "schema-outdated", "unavailable"], code)
      assert.match(message, /^The [^\n]+\.$/)
    }
  })

  it("that names each thing that is wrong with a database", () => {
    const { code, exitCode, message } = describeFailure(new StoreUnsuitable({ problems: ["is one.", "is two."] }))
    assert.deepStrictEqual([exitCode, code], [1, "database-unsuitable"])
    assert.strictEqual(message, "The database is one. The database is two.")
  })

  it.effect("when there is a bug, of which nothing is told but that", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr } = yield* run(["list-accounts", "--json"])
      assert.strictEqual(exitCode, 1)
      const { error } = JSON.parse(stderr)
      assert.strictEqual(error.code, "internal-error")
      assert.notInclude(stderr, "ada@example.com")
    }).pipe(Effect.provide(layer({
      services: () => Layer.unwrap(Effect.die(new Error("duplicate key ada@example.com")))
    }))))
})

describe("--json makes an error one object on stderr", () => {
  it.effect.each(
    [
      [["show-account", NOBODY], "account-not-found"],
      [["list-accounts", "--after", "junk"], "invalid-cursor"],
      [["list-accounts", "--limit", "0"], "wrong-usage"],
      [["nonsense"], "wrong-usage"]
    ] as const
  )("%j", ([args, code]) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { stderr, stdout } = yield* run([...args, "--json"])
      const { error, ...rest } = JSON.parse(stderr)
      assert.deepStrictEqual([error.code, rest, stdout], [code, {}, ""])
      assert.isString(error.message)
    }).pipe(Effect.provide(layer())))

  it.effect("that names every setting at fault", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr, stdout } = yield* run(["config", "--json"])
      assert.strictEqual(exitCode, 2)
      assert.deepStrictEqual(JSON.parse(stderr).error.problems, [{ name: "IDENTITY_PORT", problem: "is not a port" }])
      assert.deepStrictEqual(JSON.parse(stdout), {
        settings: [
          { name: "IDENTITY_PORT", value: "x", origin: "environment" },
          { name: "IDENTITY_TLS_KEY", value: null, origin: "default" }
        ]
      })
    }).pipe(Effect.provide(layer({
      configuration: () =>
        Effect.succeed({
          settings: [
            { name: "IDENTITY_PORT", value: Option.some("x"), origin: "environment" },
            { name: "IDENTITY_TLS_KEY", value: Option.none(), origin: "default" }
          ],
          failure: Option.some(
            new CommandFailed({
              exitCode: 2,
              code: "invalid-configuration",
              message: "A setting is invalid",
              problems: [{ name: "IDENTITY_PORT", problem: "is not a port" }]
            })
          )
        })
    }))))
})
