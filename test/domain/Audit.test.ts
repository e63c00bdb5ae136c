import { assert, describe, it } from "@effect/vitest"
import { DateTime, Option } from "effect"
import { Actor, actorFromText, actorText, AuditEvent, canonicalText } from "../../src/domain/model/Audit.ts"
import { anAccount, anAccountId, anEvent, aSessionId, START } from "../support/builders.ts"
import { nearly } from "../support/texts.ts"

const ID = anAccountId()

const written: ReadonlyArray<readonly [text: string, actor: Actor]> = [
  [`account:${ID}`, { type: "account", id: ID }],
  ["admin:grace", { type: "admin", name: "grace" }],
  ["admin:DOMAIN:grace", { type: "admin", name: "DOMAIN:grace" }],
  ["admin:", { type: "admin", name: "" }],
  ["anonymous", { type: "anonymous" }],
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
