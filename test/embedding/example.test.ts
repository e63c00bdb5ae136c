import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Predicate, Redacted, Schema } from "effect"
import { Caller, NewPassword, Recoveries } from "identityd"
import * as Memory from "identityd/Memory"
import { readFileSync } from "node:fs"
import { createAccount, example, runtime } from "../../examples/embedding.ts"
import manifest from "../../package.json" with { type: "json" }

const failsWith = (cause: Cause.Cause<unknown>, tag: string) =>
  cause.reasons.some((reason) => Cause.isFailReason(reason) && Predicate.isTagged(reason.error, tag))

describe("An embedder", () => {
  it.effect("creates an account against adapters in memory", () =>
    Effect.gen(function*() {
      const { account } = yield* Effect.provide(createAccount, yield* runtime.contextEffect)
      assert.match(account.id, /^acct_[0-9a-z]{25}$/)
      assert.deepStrictEqual(
        [account.email, account.displayName, account.status, account.version],
        ["ada@example.com", "Ada Lovelace", "active", 1]
      )
    }))

  it.effect("is held to the limits unless it says who is exempt", () =>
    Effect.gen(function*() {
      const context = yield* runtime.contextEffect
      const again = Effect.exit(Effect.provide(createAccount, context))
      const attempts = yield* Effect.replicateEffect(again, 60)
      const limited = attempts.filter((exit) => Exit.isFailure(exit) && failsWith(exit.cause, "TooManyAttempts"))
      assert.isAtLeast(limited.length, 50)
      const exempt = yield* again.pipe(
        Effect.provideService(Caller, { ...Caller.defaultValue(), limits: "exempt" })
      )
      assert.isTrue(Exit.isFailure(exempt) && failsWith(exempt.cause, "EmailAlreadyExists"))
    }))

  it.effect("signs somebody in, verifies the session, and ends it", () =>
    Effect.gen(function*() {
      const fresh = Effect.scoped(
        Effect.flatMap(Layer.build(Layer.fresh(Memory.layer)), (context) => Effect.provide(example, context))
      )
      assert.deepStrictEqual(yield* fresh, { name: "Ada Lovelace", ended: 1, refusal: "SessionRequired" })
    }))

  it.live("sees the mails that a server would have sent, and answers them", () =>
    Effect.gen(function*() {
      const { account } = yield* createAccount
      const recoveries = yield* Recoveries
      const sent = yield* Memory.SentMails
      const { id } = yield* recoveries.start(account.email)
      const [recovery] = yield* sent.all
      const code = /^Your code: (\d{8})$/m.exec(recovery?.text ?? "")?.[1] ?? ""
      yield* recoveries.answer({
        id,
        answer: { _tag: "Code", code: Redacted.make(code) },
        newPassword: yield* Schema.decodeEffect(NewPassword)("another well kept secret"),
        client: { userAgent: undefined, ipAddress: undefined },
        device: undefined
      })
      assert.deepStrictEqual((yield* sent.all).map(({ subject, to }) => [to, subject]), [
        [account.email, "Set a new password"],
        [account.email, "Your account has a new password"]
      ])
    }).pipe(Effect.provide(Layer.fresh(Memory.layer))))

  it("needs no more than 30 lines for all of it, which README shows", () => {
    const source = readFileSync(new URL("../../examples/embedding.ts", import.meta.url), "utf8")
    assert.isAtMost(source.trimEnd().split("\n").length, 30)
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8")
    assert.include(readme, `\`\`\`ts\n${source}\`\`\``)
    assert.include(readme, `.tgz effect@${manifest.dependencies.effect}`)
  })
})
