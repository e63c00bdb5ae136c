import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { chooseRevocation, revocationFlags, revocationQuestion } from "../../../src/adapters/cli/kit/Revocation.ts"
import type { Revocation } from "../../../src/adapters/cli/kit/Revocation.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { SessionId } from "../../../src/domain/model/Session.ts"
import type { SessionFilter } from "../../../src/domain/model/Session.ts"
import { parseArguments } from "./parse-arguments.ts"

const ADA = Email.make("ada@example.com")
const SESSION = SessionId.make("ses_zzzzzzzzzzzzzzzzzzzzzzzzz")

const understand = (args: ReadonlyArray<string>) =>
  Effect.flatMap(parseArguments(revocationFlags, args), chooseRevocation)

const matching = (filter: SessionFilter, account: Option.Option<Email> = Option.none()): Revocation => ({
  what: "matching",
  account,
  filter
})

const MARCH = DateTime.makeUnsafe("2026-03-01T00:00:00Z")

const clear: ReadonlyArray<readonly [args: ReadonlyArray<string>, revocation: Revocation, question: string]> = [
  [[ADA], { what: "account", account: ADA }, "End all sessions of ada@example.com?"],
  [
    [ADA, "--session", SESSION],
    { what: "session", account: ADA, session: SESSION },
    `End session ${SESSION} of ada@example.com?`
  ],
  [[ADA, "--dry-run"], matching({}, Option.some(ADA)), "End all sessions of ada@example.com?"],
  [["--all-accounts"], matching({}), "End all sessions of all accounts?"],
  [
    [ADA, "--ip", "192.0.2.7"],
    matching({ network: "192.0.2.7" }, Option.some(ADA)),
    "End all sessions of ada@example.com that were started from 192.0.2.7?"
  ],
  [
    ["--all-accounts", "--ip", "2001:DB8::/32"],
    matching({ network: "2001:db8::/32" }),
    "End all sessions of all accounts that were started from 2001:db8::/32?"
  ],
  [
    ["--all-accounts", "--ip", "::ffff:198.51.100.1"],
    matching({ network: "198.51.100.1" }),
    "End all sessions of all accounts that were started from 198.51.100.1?"
  ],
  [
    ["--all-accounts", "--user-agent", " x \""],
    matching({ userAgent: " x \"" }),
    "End all sessions of all accounts that were started by a user agent with \" x \\\"\" in it?"
  ],
  [
    [ADA, "--created-before", "2026-03-01"],
    matching({ createdBefore: MARCH }, Option.some(ADA)),
    "End all sessions of ada@example.com that were started before 2026-03-01T00:00:00.000Z?"
  ],
  [
    ["--all-accounts", "--created-before", "2026-03-01", "--ip", "192.0.2.0/24", "--user-agent", "curl"],
    matching({ createdBefore: MARCH, network: "192.0.2.0/24", userAgent: "curl" }),
    "End all sessions of all accounts that were started before 2026-03-01T00:00:00.000Z and from 192.0.2.0/24 and by a " +
    "user agent with \"curl\" in it?"
  ]
]

describe("revoke-sessions understands", () => {
  it.effect.each(clear)("%j, and asks about exactly that", ([args, revocation, question]) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* understand(args), revocation)
      assert.strictEqual(revocationQuestion(revocation), question)
    }))
})

const contradictions: ReadonlyArray<readonly [flags: ReadonlyArray<string>, complaint: string]> = [
  [[], "Say whose sessions to end"],
  [["--ip", "192.0.2.7"], "Say whose sessions to end"],
  [["--dry-run"], "Say whose sessions to end"],
  [[ADA, "--all-accounts"], "Give either an account or --all-accounts, not both."],
  [["--session", SESSION], "Say whose sessions to end"],
  [["--session", SESSION, "--all-accounts"], "--session names the one session"],
  [[ADA, "--session", SESSION, "--user-agent", "curl"], "--session names the one session"],
  [[ADA, "--session", SESSION, "--created-before", "2026-03-01"], "--session names the one session"],
  [[ADA, "--session", SESSION, "--dry-run"], "--session names the one session"],
  [["--all-accounts", "--ip", "192.0.2.7/24"], "--ip must be an address or a network such as 192.0.2.0/24"],
  [["--all-accounts", "--ip", "192.0.2.0/33"], "--ip must be an address or a network"],
  [["--all-accounts", "--ip", "localhost"], "--ip must be an address or a network"],
  [["--all-accounts", "--ip", ""], "--ip must be an address or a network"],
  [["--all-accounts", "--user-agent", " "], "--user-agent must not be blank"],
  [["--all-accounts", "--created-before", "yesterday"], "--created-before must be an instant such as"]
]

describe("revoke-sessions refuses what is contradictory or unclear", () => {
  it.effect.each(contradictions)("%j", ([args, complaint]) =>
    Effect.gen(function*() {
      const { exitCode, message } = yield* Effect.flip(understand(args))
      assert.strictEqual(exitCode, 2)
      assert.include(message, complaint)
    }))
})
