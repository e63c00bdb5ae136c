/**
 * [P2] Whatever ends a session, no server accepts it in a request that was sent after the end was answered.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import type { Asked } from "../support/PostgresNode.ts"
import { anAddress, aSession, PASSWORD, signUp } from "./Person.ts"
import { inLanes, RACE_TIMEOUT, roundsOf, TwoServers, until } from "./TwoServers.ts"
import type { Server } from "./TwoServers.ts"

interface Ending {
  readonly name: string
  readonly method: string
  readonly path: (sessionId: string) => string
  readonly asked: () => Asked
  /** Which sessions it ends: the one that asks, the other one, or both. */
  readonly ends: "asking" | "other" | "both"
}

const endings: ReadonlyArray<Ending> = [
  { name: "signing out", method: "DELETE", path: () => "/sessions/me", asked: () => ({}), ends: "asking" },
  { name: "ending one", method: "DELETE", path: (id) => `/sessions/${id}`, asked: () => ({}), ends: "other" },
  { name: "ending all", method: "DELETE", path: () => "/sessions", asked: () => ({}), ends: "both" },
  {
    name: "a new password",
    method: "PUT",
    path: () => "/accounts/me/password",
    asked: () => ({ json: { current_password: PASSWORD, new_password: "a whole new password" } }),
    ends: "both"
  },
  {
    name: "a new email",
    method: "PATCH",
    path: () => "/accounts/me",
    asked: () => ({
      json: { email: anAddress(), current_password: PASSWORD },
      headers: { "if-match": "*" }
    }),
    ends: "other"
  },
  {
    name: "deleting the account",
    method: "DELETE",
    path: () => "/accounts/me",
    asked: () => ({ json: { current_password: PASSWORD } }),
    ends: "both"
  }
]

const LANES_EACH = 3

/** Verifies sessions in all lanes while one of them ends them; counts the verifications. */
const race = Effect.fnUntraced(function*(ending: Ending, at: Server) {
  const installation = yield* TwoServers
  const email = anAddress()
  yield* signUp(at, email)
  const asking = yield* aSession(0, email)
  const other = yield* aSession(1, email)
  const doomed = { asking: [asking], other: [other], both: [asking, other] }[ending.ends]
  const count = { before: 0, racing: 0, after: 0, acceptedAfter: 0 }
  let [sent, answered, turn] = [false, false, 0]
  const lanes = inLanes(LANES_EACH, () => count.after < LANES_EACH * 6, (server) =>
    Effect.gen(function*() {
      const phase = answered ? "after" : sent ? "racing" : "before"
      const token = doomed[(turn += 1) % doomed.length]?.token ?? ""
      const { status } = yield* installation.send(server, "GET", "/sessions/me", { token })
      count[phase] += 1
      if (phase === "before" && !sent) assert.strictEqual(status, 200)
      if (phase === "after" && status !== 401) count.acceptedAfter += 1
    }))
  const running = yield* Effect.forkChild(lanes)
  yield* until(() => count.before >= LANES_EACH * 2)
  sent = true
  const asked = { ...ending.asked(), token: asking.token }
  const { status } = yield* installation.send(at, ending.method, ending.path(other.id), asked)
  answered = true
  assert.include([200, 204], status)
  yield* Fiber.join(running)
  return count
})

describe("[P2] [ASVS 7.4.1, 8.3.2] on two servers, sessions are dead everywhere from the answer on", () => {
  it.live("however they ended", () =>
    Effect.gen(function*() {
      const { checkAudit } = yield* TwoServers
      const total = { endings: 0, verifications: 0, racing: 0, after: 0, acceptedAfter: 0 }
      for (const round of yield* roundsOf(3)) {
        for (const ending of endings) {
          const count = yield* race(ending, round % 2 === 0 ? 0 : 1)
          assert.strictEqual(count.acceptedAfter, 0, ending.name)
          total.endings += 1
          total.verifications += count.before + count.racing + count.after
          total.racing += count.racing
          total.after += count.after
          total.acceptedAfter += count.acceptedAfter
        }
      }
      const entries = yield* checkAudit
      yield* Effect.log("ending × verification", { ...total, entries })
      assert.strictEqual(total.acceptedAfter, 0)
    }).pipe(Effect.provide(TwoServers.layer)), RACE_TIMEOUT)
})
