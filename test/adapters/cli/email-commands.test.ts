import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Email } from "../../../src/domain/model/Email.ts"
import { signUp } from "../../support/people.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const ADA = Email.make("ada@example.com")

it.effect("verify-email and unverify-email note whether an email is its holder's, and are recorded", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    yield* signUp(ADA)
    const verified = yield* run(["verify-email", ADA, "--json"])
    assert.deepInclude(JSON.parse(verified.stdout), { email_verified: true, version: 2 })
    assert.deepInclude(JSON.parse((yield* run(["verify-email", ADA, "--json"])).stdout), { version: 2 })
    const unverified = yield* run(["unverify-email", ADA])
    assert.match(unverified.stdout, /^email verified {2}no$/m)
    const { entries } = JSON.parse((yield* run(["audit-log", "--json"])).stdout)
    const actions = entries.map(({ action, actor }: { action: string; actor: unknown }) => [action, actor])
    assert.deepStrictEqual(actions.slice(0, 2), [
      ["email-verification.withdrawn", { type: "admin", name: "grace" }],
      ["email-verification.set", { type: "admin", name: "grace" }]
    ])
    assert.strictEqual((yield* run(["verify-email", "nobody@example.com"])).exitCode, 3)
  }).pipe(Effect.provide(layer())))

it.effect("[ASVS 6.4.6] send-recovery mails the holder, and shows the administrator nothing that answers it", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    yield* signUp(ADA)
    const sent = yield* run(["send-recovery", ADA, "--json"])
    const shown = JSON.parse(sent.stdout)
    assert.deepStrictEqual(Object.keys(shown), ["id", "purpose", "sent_to", "created_at", "expires_at", "resend_at"])
    assert.deepInclude(shown, { purpose: "recovery", expires_at: "2026-03-01T12:10:00.123Z" })
    assert.match((yield* run(["send-recovery", ADA])).stderr, /^Mailed ada@example\.com\./)
    assert.strictEqual((yield* run(["send-recovery", "nobody@example.com"])).exitCode, 3)
  }).pipe(Effect.provide(layer())))
