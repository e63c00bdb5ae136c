import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { accepted, anAddress, aSession, PASSWORD, signIn, signUp } from "./Person.ts"
import { inLanes, RACE_TIMEOUT, roundsOf, TwoServers, until } from "./TwoServers.ts"

const LANES_EACH = 4

/** Sign-ins in all lanes, from before a change until after it was answered. */
const signInsAround = Effect.fnUntraced(function*<A, R>(
  email: string,
  password: string,
  change: Effect.Effect<A, never, R>
) {
  const before: Array<string> = []
  const during: Array<string> = []
  const after: Array<string> = []
  const answers: Array<A> = []
  let [begun, refused, late] = [false, 0, 0]
  const services = yield* Effect.context<TwoServers>()
  const lanes = inLanes(LANES_EACH, () => late < LANES_EACH * 2, (server) =>
    Effect.gen(function*() {
      const isLate = answers.length > 0
      if (isLate) late += 1
      const { body, status } = yield* signIn(server, email, password)
      if (status !== 201) {
        assert.strictEqual(status, 401)
        refused += 1
      } else (isLate ? after : begun ? during : before).push(String(body["token"]))
    }).pipe(Effect.provide(services)))
  const running = yield* Effect.forkChild(lanes)
  yield* until(() => before.length >= LANES_EACH)
  begun = true
  const answer = yield* change
  answers.push(answer)
  yield* Fiber.join(running)
  return { answer, before, during, after, refused }
})

describe("on two servers", () => {
  it.live("[ASVS 7.4.3] no sign-in with the old password survives the change of it", () =>
    Effect.gen(function*() {
      const { checkAudit, send } = yield* TwoServers
      const email = anAddress()
      yield* signUp(0, email)
      let { token } = yield* aSession(0, email)
      let current = PASSWORD
      let [signIns, racing, refusals, survivors, tooLate] = [0, 0, 0, 0, 0]
      for (const round of yield* roundsOf(6)) {
        const json = { current_password: current, new_password: `password of round ${round}` }
        const change = send(round % 2 === 0 ? 0 : 1, "PUT", "/accounts/me/password", { token, json })
        const { after, answer, before, during, refused } = yield* signInsAround(email, current, change)
        assert.strictEqual(answer.status, 200)
        survivors += yield* accepted([token, ...before, ...during, ...after])
        token = String(answer.body["token"])
        assert.strictEqual(yield* accepted([token]), 1)
        current = json.new_password
        signIns += before.length + during.length
        racing += during.length
        tooLate += after.length
        refusals += refused
      }
      const entries = yield* checkAudit
      yield* Effect.log("password change × sign-in", { signIns, racing, refusals, survivors, tooLate, entries })
      assert.deepStrictEqual({ survivors, tooLate }, { survivors: 0, tooLate: 0 })
      assert.isAbove(refusals, 0)
    }).pipe(Effect.provide(TwoServers.layer)), RACE_TIMEOUT)

  it.live(
    "[P2] no sign-in that was answered before all sessions were ended survives, and later ones do",
    () =>
      Effect.gen(function*() {
        const { checkAudit, send } = yield* TwoServers
        const email = anAddress()
        yield* signUp(0, email)
        let [earlier, racing, racingAlive, later, refusals, survivors, lost] = [0, 0, 0, 0, 0, 0, 0]
        for (const round of yield* roundsOf(6)) {
          const { token } = yield* aSession(0, email)
          const revoke = send(round % 2 === 0 ? 0 : 1, "DELETE", "/sessions", { token })
          const { after, answer, before, during, refused } = yield* signInsAround(email, PASSWORD, revoke)
          assert.strictEqual(answer.status, 204)
          survivors += yield* accepted([token, ...before])
          lost += after.length - (yield* accepted(after))
          racingAlive += yield* accepted(during)
          earlier += before.length
          racing += during.length
          later += after.length
          refusals += refused
        }
        const entries = yield* checkAudit
        yield* Effect.log("revoke all × sign-in", {
          earlier,
          racing,
          racingAlive,
          later,
          refusals,
          survivors,
          lost,
          entries
        })
        assert.deepStrictEqual({ survivors, lost }, { survivors: 0, lost: 0 })
      }).pipe(Effect.provide(TwoServers.layer)),
    RACE_TIMEOUT
  )
})
