/** The checker of the faults notices each promise that is broken, and nothing else. */
import { assert, describe, it } from "@effect/vitest"
import { asKnownAt, judge } from "./Checker.ts"
import type { Judgement } from "./Checker.ts"
import type { Exchange } from "./Recorder.ts"
import type { Stored } from "./Stored.ts"

const exchange = (part: Partial<Exchange>): Exchange => ({
  kind: "check",
  email: "ada@example.com",
  session: undefined,
  name: undefined,
  sentAt: 0,
  answeredAt: 1,
  status: 200,
  code: undefined,
  isAccepted: true,
  isKept: false,
  hasRetryAfter: false,
  body: {},
  ...part
})

/** Ada signs up, in, renames herself, signs out, and is checked before and after that. */
const exchanges: ReadonlyArray<Exchange> = [
  exchange({ kind: "sign-up", status: 201, body: { id: "acct_1" } }),
  exchange({ kind: "sign-in", status: 201, sentAt: 2, answeredAt: 3, body: { id: "ses_1" } }),
  exchange({ session: "ses_1", sentAt: 4, answeredAt: 5 }),
  exchange({
    kind: "rename",
    session: "ses_1",
    name: "Ada",
    sentAt: 6,
    answeredAt: 7,
    body: { id: "acct_1", version: 2 }
  }),
  exchange({ kind: "sign-out", session: "ses_1", status: 204, sentAt: 8, answeredAt: 9 }),
  exchange({ session: "ses_1", status: 401, sentAt: 10, answeredAt: 11 })
]

const entry = (action: string, subject: string) => ({ action, subject, count: 1 })

const stored: Stored = {
  accounts: [{ id: "acct_1", email: "ada@example.com", name: "Ada", version: 2, claims: 1 }],
  claimsOfNobody: 0,
  sessions: [],
  entries: [
    entry("account.created", "acct_1"),
    entry("account.updated", "acct_1"),
    entry("session.started", "ses_1"),
    entry("session.ended", "ses_1")
  ],
  breaks: 0
}

/** The promises that are broken. */
const brokenIn = (asked: ReadonlyArray<Exchange>, kept: Stored) => {
  const { acknowledged: _, ...promises } = judge(asked, kept)
  return Object.entries(promises).filter(([, found]) => found.length > 0).map(([promise]) => promise)
}

const without = (subject: string): Stored => ({
  ...stored,
  entries: stored.entries.filter((it) => it.subject !== subject)
})

const cases: ReadonlyArray<
  readonly [what: string, broken: Array<keyof Judgement>, more: ReadonlyArray<Exchange>, kept: Stored]
> = [
  ["nothing went wrong", [], [], stored],
  ["an account is gone", ["lost", "half"], [], { ...stored, accounts: [] }],
  [
    "a rename is gone",
    ["lost"],
    [],
    { ...stored, accounts: stored.accounts.map((account) => ({ ...account, name: "Bob" })) }
  ],
  [
    "a session is gone",
    ["lost", "unaudited"],
    [exchange({ kind: "sign-in", status: 201, body: { id: "ses_2" } })],
    stored
  ],
  ["an ended session is accepted", ["revived"], [exchange({ session: "ses_1", sentAt: 12, answeredAt: 13 })], stored],
  [
    "a live session is refused",
    ["ended"],
    [exchange({ session: "ses_1", status: 401, sentAt: 4, answeredAt: 5 })],
    stored
  ],
  [
    "somebody signed up twice",
    ["lost", "doubled"],
    [exchange({ kind: "sign-up", status: 201, body: { id: "acct_2" } })],
    stored
  ],
  [
    "a session was started twice",
    ["doubled"],
    [],
    { ...stored, entries: stored.entries.map((it) => it.action === "session.started" ? { ...it, count: 2 } : it) }
  ],
  [
    "an account has no claim on its email",
    ["half"],
    [],
    { ...stored, accounts: stored.accounts.map((account) => ({ ...account, claims: 0 })) }
  ],
  ["a claim has no account", ["half"], [], { ...stored, claimsOfNobody: 1 }],
  ["the account's entries are gone", ["half", "unaudited"], [], without("acct_1")],
  ["the session's entries are gone", ["unaudited"], [], without("ses_1")],
  ["the audit log does not verify", ["unaudited"], [], { ...stored, breaks: 1 }],
  ["an answer is 500", ["wrong"], [exchange({ status: 500 })], stored],
  ["an answer is 503 and does not say until when", ["wrong"], [exchange({ status: 503 })], stored],
  ["an answer is 503 and says until when", [], [exchange({ status: 503, hasRetryAfter: true })], stored],
  ["a sign-up finds itself done", ["wrong"], [exchange({ kind: "sign-up", status: 409 })], stored],
  [
    "a key is in use long after its request",
    ["wrong"],
    [exchange({ kind: "sign-up", status: 409, code: "request-in-progress", sentAt: 13_000 })],
    stored
  ],
  ["a request in doubt happened", [], [exchange({ kind: "sign-up", status: 0 })], stored],
  ["a session may have ended", [], [
    exchange({ kind: "sign-in", status: 201, body: { id: "ses_2" } }),
    exchange({ kind: "sign-out", session: "ses_2", status: 0, sentAt: 2, answeredAt: 3 }),
    exchange({ session: "ses_2", status: 401, sentAt: 4, answeredAt: 5 }),
    exchange({ session: "ses_2", status: 200, sentAt: 4, answeredAt: 5 })
  ], { ...stored, entries: [...stored.entries, entry("session.started", "ses_2")] }]
]

describe("the checker of the faults", () => {
  it.each(cases)("when %s, finds it and nothing else", (_, broken, more, kept) => {
    assert.deepStrictEqual(brokenIn([...exchanges, ...more], kept), broken)
  })

  it("a backup may show what was asked for only after it was said to have ended", () => {
    assert.deepStrictEqual(brokenIn(asKnownAt(exchanges, 7.5), stored), [])
  })
})
