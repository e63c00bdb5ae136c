import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { OwnAccount } from "../../src/domain/accounts/OwnAccount.ts"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import type { Account } from "../../src/domain/model/Account.ts"
import type { Actor } from "../../src/domain/model/Audit.ts"
import { Caller } from "../../src/domain/model/Caller.ts"
import { IdempotencyKey } from "../../src/domain/model/Idempotency.ts"
import { SessionPolicy } from "../../src/domain/sessions/SessionPolicy.ts"
import { anEmail } from "../support/builders.ts"
import { aPassword, CLIENT, signedIn, signIn, signUp } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

const by = (actor: Actor) => Effect.provideService(Caller, { actor, requestId: "req-1", clientAddress: "198.51.100.4" })

const byAnyone = by({ type: "anonymous" })

const accountActor = ({ id }: Account): Actor => ({ type: "account", id })

/** The events of an account and their actors, oldest first. */
const deeds = Effect.fnUntraced(function*({ id }: Account) {
  const review = yield* AuditReview
  const { items } = yield* review.list(
    { accountId: Option.some(id), action: Option.none(), since: Option.none() },
    { limit: 100, after: Option.none() }
  )
  return items.map(({ event }) => [event?.action, event?.actor] as const).toReversed()
})

layer(TestServices.layer)("who an entry names", (it) => {
  it.effect("[ASVS 16.2.1] is the account that signing up made and signing in proved", () =>
    Effect.gen(function*() {
      const { account } = yield* byAnyone(signedIn)
      const holder = accountActor(account)
      assert.deepStrictEqual(yield* deeds(account), [["account.created", holder], ["session.started", holder]])
    }))

  it.effect("[ASVS 16.2.1] is nobody for a refused sign-in, which proves nothing", () =>
    Effect.gen(function*() {
      const account = yield* byAnyone(signUp())
      yield* byAnyone(Effect.flip(signIn(account.email, "wrong horse")))
      assert.deepStrictEqual((yield* deeds(account)).at(-1), ["sign-in.refused", { type: "anonymous" }])
    }))

  it.effect("is who signs in, for a session that makes room", () =>
    Effect.gen(function*() {
      const account = yield* byAnyone(signUp())
      for (let signIns = 0; signIns < 3; signIns++) yield* byAnyone(signIn(account.email))
      assert.deepStrictEqual((yield* deeds(account)).at(-1), ["session.displaced", accountActor(account)])
    }).pipe(Effect.provide(
      TestServices.layer.pipe(Layer.provide(Layer.succeed(SessionPolicy, {
        ...SessionPolicy.defaultValue(),
        perAccountMax: 2
      }))),
      { local: true }
    )))

  it.effect("is who signs in, for the session that the browser had before, also when the answer is a replay", () =>
    Effect.gen(function*() {
      const { account: previous, token: replaces } = yield* byAnyone(signedIn)
      const { account: another, token: later } = yield* byAnyone(signedIn)
      const account = yield* byAnyone(signUp())
      const idempotencyKey = IdempotencyKey.make(account.id)
      const first = yield* byAnyone(signIn(account.email, undefined, { replaces, idempotencyKey }))
      const again = yield* byAnyone(signIn(account.email, undefined, { replaces: later, idempotencyKey }))
      assert.strictEqual(again.session.id, first.session.id)
      for (const loser of [previous, another]) {
        assert.deepStrictEqual((yield* deeds(loser)).at(-1), ["session.ended", accountActor(account)])
      }
      assert.deepStrictEqual((yield* deeds(account)).length, 2)
    }))

  it.effect("is the holder, for a new password and the session that comes with it", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const caller = yield* byAnyone(signedIn)
      const holder = accountActor(caller.account)
      const [currentPassword, newPassword] = [yield* aPassword(), yield* aPassword("a better password")]
      yield* by(holder)(own.changePassword(caller, { currentPassword, newPassword }, CLIENT))
      assert.deepStrictEqual((yield* deeds(caller.account)).slice(-2), [
        ["password.changed", holder],
        ["session.started", holder]
      ])
    }))

  it.effect.each([{ type: "admin", name: "grace" } as const, { type: "system" } as const])(
    "stays %j for every account that is made",
    (actor) =>
      Effect.gen(function*() {
        const account = yield* by(actor)(signUp(anEmail()))
        yield* by(actor)(signIn(account.email))
        assert.deepStrictEqual(yield* deeds(account), [["account.created", actor], ["session.started", actor]])
      })
  )
})
