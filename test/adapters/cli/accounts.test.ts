import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import { Email } from "../../../src/domain/model/Email.ts"
import { Password } from "../../../src/domain/model/Password.ts"
import { PasswordAuthentication } from "../../../src/domain/passwords/PasswordAuthentication.ts"
import { Sessions } from "../../../src/domain/sessions/Sessions.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const PASSWORD = "correct horse battery staple"

const create = (email: string, name = "Ada Lovelace") => [
  "create-account",
  "--email",
  email,
  "--display-name",
  name,
  "--password-stdin"
]

const credentials = (email: string, password = PASSWORD) =>
  Effect.all({
    email: Schema.decodeEffect(Email)(email),
    password: Schema.decodeEffect(Password)(password)
  })

const signIn = Effect.fnUntraced(function*(email: string, password = PASSWORD) {
  const sessions = yield* Sessions
  return yield* sessions.signIn({
    ...(yield* credentials(email, password)),
    client: { userAgent: "curl/8.0\u001b]0;owned\u0007\u009b31m\u202e", ipAddress: "192.0.2.7" },
    transport: "token"
  })
})

const golden = (name: string, text: string) =>
  Effect.promise(() => expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}.txt`))

describe("create-account", () => {
  it.effect("prints the account", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr, stdout } = yield* run(create("ada@example.com"), { stdin: PASSWORD })
      assert.deepStrictEqual([exitCode, stderr], [0, "Created the account of ada@example.com."])
      yield* golden("create-account", stdout)
    }).pipe(Effect.provide(layer())))

  it.effect("prints the HTTP resource with --json and the id with --quiet", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const asJson = yield* run([...create("ada@example.com"), "--json"], { stdin: PASSWORD })
      assert.deepStrictEqual(JSON.parse(asJson.stdout), {
        id: "acct_0000000000000000000000001",
        email: "ada@example.com",
        email_verified: false,
        pending_email: null,
        display_name: "Ada Lovelace",
        status: "active",
        created_at: "2026-03-01T12:00:00.123Z",
        updated_at: "2026-03-01T12:00:00.123Z",
        version: 1
      })
      const bare = yield* run([...create("bob@example.com"), "--quiet"], { stdin: PASSWORD })
      assert.strictEqual(bare.stdout, "acct_0000000000000000000000002")
    }).pipe(Effect.provide(layer())))

  it.effect("takes a line from stdin without its line break as the password", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* run(create("ada@example.com"), { stdin: `${PASSWORD}\r\n` })
      yield* signIn("ada@example.com")
    }).pipe(Effect.provide(layer())))

  it.effect("takes the password from a file", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const fs = yield* FileSystem.FileSystem
      const file = yield* fs.makeTempFileScoped()
      yield* fs.writeFileString(file, `${PASSWORD}\n`)
      const args = ["create-account", "--email", "ada@example.com", "--display-name", "Ada", "--password-file", file]
      assert.strictEqual((yield* run(args)).exitCode, 0)
      yield* signIn("ada@example.com")
    }).pipe(Effect.provide([layer(), NodeFileSystem.layer])))

  it.effect("asks twice on a terminal, hides what is typed, and asks on when the two differ", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const typed = `something else\rnot the same\r${PASSWORD}\r${PASSWORD}\r`
      const { exitCode, stderr, stdout } = yield* run(create("ada@example.com").slice(0, -1), { typed })
      assert.strictEqual(exitCode, 0)
      assert.include(stderr, "The two differ")
      assert.notInclude(stdout + stderr, "correct horse")
      assert.match(stdout, /^id /)
      yield* signIn("ada@example.com")
    }).pipe(Effect.provide(layer())))

  it.effect("refuses flags that contradict each other before it asks anything", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const args = ["create-account", "--password-stdin", "--password-file", "secret"]
      const { exitCode, stderr } = yield* run(args, { typed: "" })
      assert.deepStrictEqual([exitCode, stderr], [2, "Give either --password-stdin or --password-file, not both."])
    }).pipe(Effect.provide(layer())))

  it.effect("ends with 130 on Ctrl-C at the prompt, and creates nothing", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stdout } = yield* run(create("ada@example.com").slice(0, -1), { typed: "corr\u0003" })
      assert.deepStrictEqual([exitCode, stdout], [130, ""])
      assert.strictEqual((yield* run(["show-account", "ada@example.com"])).exitCode, 3)
    }).pipe(Effect.provide(layer())))

  it.effect("asks on a terminal for all that flags don't say, and again for what is no email", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const typed = `ada\rada@example.con\u007fm\r\u200b\rAda\rshort\rpassword1\r${PASSWORD}\r${PASSWORD}\r`
      const { exitCode, stderr } = yield* run(["create-account"], { typed })
      assert.strictEqual(exitCode, 0)
      assert.include(stderr, "It must be an email address such as ada@example.com.")
      assert.include(stderr, "It must contain a character that can be seen.")
      assert.include(stderr, "It must be at least 8 characters.\n")
      assert.include(stderr, "It is a common or breached password")
      yield* signIn("ada@example.com")
      const again = yield* run(["create-account", "--email", "ada@example.com"], { typed: "" })
      assert.strictEqual(again.exitCode, 3)
      assert.notMatch(again.stderr, /Display name|Password/)
      const other = `ada@example.com\rgrace@example.com\rGrace\r${PASSWORD}\r${PASSWORD}\r`
      const corrected = yield* run(["create-account"], { typed: other })
      assert.strictEqual(corrected.exitCode, 0)
      assert.include(corrected.stderr, "An account with this email exists already.\n")
      yield* signIn("grace@example.com")
    }).pipe(Effect.provide(layer())))

  it.effect.each(
    [
      [[], "--email, --display-name and --password-stdin or --password-file"],
      [["--email", "ada@example.com"], "--display-name and --password-stdin or --password-file"],
      [["--display-name", "Ada", "--password-stdin"], "--email"]
    ] as const
  )("names everything that %j leaves out", ([flags, names]) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const stderr = `Missing: ${names}. There is no terminal to ask for it.`
      assert.deepStrictEqual(yield* run(["create-account", ...flags]), { exitCode: 2, stdout: "", stderr })
    }).pipe(Effect.provide(layer())))

  it.effect.each(
    [
      ["--password-stdin", "short", "The password must be at least 8 characters."],
      ["--password-stdin", "x".repeat(257), "The password must be at most 256 characters."],
      ["--password-stdin", "x".repeat(100_000), "The password must be at most 256 characters."],
      ["--password-file", "/does/not/exist", "The password file \"/does/not/exist\" can't be read."]
    ] as const
  )("refuses what %s yields, if it is no password (%#)", ([flag, given, message]) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const args = create("ada@example.com").slice(0, -1)
      const outcome = flag === "--password-stdin"
        ? yield* run([...args, flag], { stdin: given })
        : yield* run([...args, flag, given])
      assert.deepStrictEqual(outcome, { exitCode: 2, stdout: "", stderr: message })
    }).pipe(Effect.provide(layer())))

  it.effect("[P8] has no flag that takes a password", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode } = yield* run([...create("ada@example.com").slice(0, -1), "--password", PASSWORD])
      assert.strictEqual(exitCode, 2)
    }).pipe(Effect.provide(layer())))
})

describe("lists", () => {
  it.effect("are tables whose pages can be followed", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      for (const name of ["ada", "bob", "cyd"]) yield* run(create(`${name}@example.com`, name), { stdin: PASSWORD })
      const first = yield* run(["list-accounts", "--limit", "2"])
      yield* golden("list-accounts", first.stdout)
      const after = /--after (\S+)/.exec(first.stderr)?.[1] ?? ""
      const second = yield* run(["list-accounts", "--limit", "2", "--after", after, "--json"])
      const { accounts, next } = JSON.parse(second.stdout)
      assert.deepStrictEqual([accounts.length, accounts[0].email, next], [1, "cyd@example.com", null])
    }).pipe(Effect.provide(layer())))

  it.effect("of accounts can be narrowed", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      for (const name of ["ada", "bob"]) yield* run(create(`${name}@example.com`), { stdin: PASSWORD })
      yield* run(["disable-account", "bob@example.com", "--yes"])
      const disabled = yield* run(["list-accounts", "--status", "disabled", "--quiet"])
      assert.strictEqual(disabled.stdout, "acct_0000000000000000000000002")
      const prefixed = yield* run(["list-accounts", "--email-prefix", "AD", "--quiet"])
      assert.strictEqual(prefixed.stdout, "acct_0000000000000000000000001")
    }).pipe(Effect.provide(layer())))

  it.effect("print nothing but a note when there is nothing", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const outcome = yield* run(["list-accounts"])
      assert.deepStrictEqual(outcome, { exitCode: 0, stdout: "", stderr: "There are no accounts yet." })
      const { stderr } = yield* run(["list-accounts", "--status", "disabled"])
      assert.strictEqual(stderr, "There are no such accounts.")
    }).pipe(Effect.provide(layer())))

  it.effect("of sessions show no control character of a user agent", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* run(create("ada@example.com"), { stdin: PASSWORD })
      yield* signIn("ada@example.com")
      const { stdout } = yield* run(["list-sessions", "ada@example.com"])
      assert.notMatch(stdout, /(?!\n)[\p{Cc}\u202e]/u)
      const asJson = yield* run(["list-sessions", "ada@example.com", "--json"])
      assert.notMatch(asJson.stdout, /[\p{Cc}\u202e]/u)
      assert.include(JSON.parse(asJson.stdout).sessions[0].user_agent, "\u009b31m\u202e")
      yield* golden("list-sessions", stdout)
    }).pipe(Effect.provide(layer())))
})

describe("disable-account", () => {
  it.effect("ends all sessions and signing in; enabling lets sign in again", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const passwords = yield* PasswordAuthentication
      const sessions = yield* Sessions
      yield* run(create("ada@example.com"), { stdin: PASSWORD })
      const { token } = yield* signIn("ada@example.com")
      const disabled = yield* run(["disable-account", "ada@example.com", "--yes", "--json"])
      assert.strictEqual(JSON.parse(disabled.stdout).status, "disabled")
      assert.strictEqual((yield* Effect.flip(sessions.verify(token)))._tag, "SessionRequired")
      yield* Effect.flip(passwords.authenticate(yield* credentials("ada@example.com")))
      assert.strictEqual((yield* run(["enable-account", "ada@example.com"])).exitCode, 0)
      yield* passwords.authenticate(yield* credentials("ada@example.com"))
      yield* Effect.flip(sessions.verify(token))
    }).pipe(Effect.provide(layer())))
})

it.effect("prune removes what is over and says how many", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    yield* run(create("ada@example.com"), { stdin: PASSWORD })
    yield* signIn("ada@example.com")
    yield* run(["revoke-sessions", "ada@example.com", "--yes"])
    assert.strictEqual(
      (yield* run(["prune"])).stdout,
      "Removed 1 ended session, 0 expired idempotency keys and 3 counts of old attempts."
    )
    assert.deepStrictEqual(JSON.parse((yield* run(["prune", "--json"])).stdout), {
      sessions_removed: 0,
      idempotency_keys_removed: 0,
      attempt_budgets_removed: 0,
      challenges_removed: 0,
      mails_removed: 0,
      audit_entries_removed: 0
    })
  }).pipe(Effect.provide(layer())))
