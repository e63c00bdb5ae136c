import { assert, describe, it } from "@effect/vitest"
import { DateTime, Option } from "effect"
import {
  Actor,
  actorFromText,
  actorText,
  apiKeyOf,
  AuditEvent,
  canonicalText,
  changedIn,
  detailOf,
  isInOwnChain,
  isOperator,
  methodsIn
} from "../../src/domain/model/Audit.ts"
import type { AuditAction, AuditDetail } from "../../src/domain/model/Audit.ts"
import { anAccount, anAccountId, anApiKey, anEvent, aSessionId, START } from "../support/builders.ts"
import { nearly } from "../support/texts.ts"

const ID = anAccountId()

const KEY = anApiKey().id

const written: ReadonlyArray<readonly [text: string, actor: Actor]> = [
  [`account:${ID}`, { type: "account", id: ID }],
  ["admin:grace", { type: "admin", name: "grace" }],
  ["admin:DOMAIN:grace", { type: "admin", name: "DOMAIN:grace" }],
  ["admin:", { type: "admin", name: "" }],
  ["anonymous", { type: "anonymous" }],
  [`api_key:${KEY}`, { type: "api_key", id: KEY }],
  ["system", { type: "system" }]
]

describe("an actor", () => {
  it.each(written)("is written and read as %s", (text, actor) => {
    assert.strictEqual(actorText(actor), text)
    assert.deepStrictEqual(actorFromText(text), Option.some(actor))
  })

  it.each([
    "",
    "account",
    "account:",
    "account:ada",
    "admin",
    "robot",
    "robot:1",
    ":anonymous",
    "anonymous:",
    "anonymous:x",
    "system:x"
  ])(
    "is not read from %j",
    (text) => {
      assert.deepStrictEqual(actorFromText(text), Option.none())
    }
  )
})

it("operators are administrators and their programs", () => {
  const operators = written.map(([, actor]) => actor).filter(isOperator)
  assert.deepStrictEqual(new Set(operators.map(({ type }) => type)), new Set(["admin", "api_key"]))
})

describe("the text of an actor", () => {
  it.prop("is read as the actor it was written for", { actor: Actor }, ({ actor }) => {
    assert.deepStrictEqual(actorFromText(actorText(actor)), Option.some(actor))
  })

  it.prop("is the only one that is read as this actor", {
    text: nearly("account", "admin", "anonymous", "system", ":", ID, "grace")
  }, ({ text }) => {
    const actor = actorFromText(text)
    if (Option.isSome(actor)) assert.strictEqual(actorText(actor.value), text)
  })
})

describe("the canonical text of an event", () => {
  const account = anAccount()
  const bare = anEvent({ chain: "anonymous-03" })

  it("has every field in its place", () => {
    const sessionId = aSessionId()
    const event = AuditEvent.make({
      ...anEvent({ account, action: "account.updated" }),
      actor: { type: "admin", name: "grace" },
      sessionId,
      changed: ["email", "status"],
      requestId: "req-1"
    })
    assert.deepStrictEqual(JSON.parse(canonicalText(event)), [
      event.id,
      account.id,
      START.epochMilliseconds,
      "admin:grace",
      "account.updated",
      account.id,
      sessionId,
      ["email", "status"],
      "req-1",
      "192.0.2.7"
    ])
  })

  it.prop("loses nothing of an event", { event: AuditEvent }, ({ event }) => {
    const [id, chain, at, actor, action, accountId, sessionId, changed, requestId, address, ...more] = JSON.parse(
      canonicalText(event)
    )
    const read = AuditEvent.make({
      id,
      chain,
      occurredAt: DateTime.toUtc(DateTime.makeUnsafe(at)),
      actor: Option.getOrThrow(actorFromText(actor)),
      action,
      accountId: accountId ?? undefined,
      sessionId: sessionId ?? undefined,
      changed,
      requestId: requestId ?? undefined,
      clientAddress: address ?? undefined
    })
    assert.deepStrictEqual([read, more], [event, []])
  })

  it("has null for what an event does not have", () => {
    const event = AuditEvent.make({ ...bare, clientAddress: undefined })
    assert.strictEqual(
      canonicalText(event),
      `["${event.id}","anonymous-03",${START.epochMilliseconds},"anonymous","account.created",null,null,[],null,null]`
    )
  })
})

const about = (action: AuditAction, ...changed: ReadonlyArray<typeof AuditDetail.Type>) =>
  AuditEvent.make({ ...anEvent({ action }), changed })

describe("what an event says besides", () => {
  it.each<AuditAction>(["session.started", "session.elevated"])(
    "of %s: how the holder proved who they are",
    (action) => {
      const event = about(action, "pwd", "otp", "mfa")
      assert.deepStrictEqual([methodsIn(event), changedIn(event)], [["pwd", "otp", "mfa"], []])
    }
  )

  it("of a session by a password alone: nothing, and it is read as such", () => {
    assert.deepStrictEqual(detailOf(["pwd"]), [])
    assert.deepStrictEqual(detailOf(["pwd", "otp"]), ["pwd", "otp"])
    assert.deepStrictEqual(methodsIn(about("session.started")), ["pwd"])
  })

  it("of a changed account: which parts", () => {
    const event = about("account.updated", "email", "status")
    assert.deepStrictEqual([methodsIn(event), changedIn(event)], [[], ["email", "status"]])
  })

  it("nothing that belongs to other events, which only tampering explains", () => {
    assert.deepStrictEqual(methodsIn(about("session.started", "pwd", "email", "status")), ["pwd", "email"])
    assert.deepStrictEqual(changedIn(about("account.updated", "status", "otp")), ["status"])
  })
})

describe("the chain of an event", () => {
  const inChain = (chain: string, account = anAccount()) => AuditEvent.make({ ...anEvent({ account }), chain })

  it("is that of its account", () => {
    const account = anAccount()
    assert.isTrue(isInOwnChain(inChain(account.id, account)))
    assert.isFalse(isInOwnChain(inChain(anAccountId(), account)))
    assert.isFalse(isInOwnChain(inChain("anonymous-03", account)))
  })

  it.each<readonly [chain: string, own: boolean]>([
    ["anonymous-03", true],
    [KEY, true],
    ["anonymous-3", false],
    ["anonymous-003", false],
    ["anonymous-x3", false],
    ["anonymous-3x", false],
    ["x-anonymous-03", false],
    [anAccountId(), false],
    ["", false]
  ])("of an event without an account: %s is right: %s", (chain, own) => {
    assert.strictEqual(isInOwnChain(anEvent({ chain })), own)
  })

  it("names the API key that the event is about", () => {
    assert.strictEqual(apiKeyOf(anEvent({ chain: KEY })), KEY)
    assert.isUndefined(apiKeyOf(anEvent({ chain: "anonymous-03" })))
  })
})
