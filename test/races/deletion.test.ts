import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { accepted, anAddress, aSession, PASSWORD, signIn, signUp } from "./Person.ts"
import { inLanes, RACE_TIMEOUT, roundsOf, TwoServers, until } from "./TwoServers.ts"
import type { Server } from "./TwoServers.ts"

const LANES_EACH = 4

/** What an account that is about to go may be answered. Anything else is a mistake of ours. */
const EXPECTED = [200, 201, 204, 401, 404, 409, 412]

const answers = () => {
  const seen: Record<string, number> = {}
  const count = (name: string, status: number) => {
    assert.include(EXPECTED, status, name)
    seen[`${name} ${status}`] = (seen[`${name} ${status}`] ?? 0) + 1
  }
  return { seen, count }
}

type Count = ReturnType<typeof answers>["count"]

/** Everything else an account can do, each by the session of the server it is asked of. */
const activities = (email: string, sessions: ReadonlyArray<string>, started: Array<string>, count: Count) => {
  const tokenAt = (server: Server) => ({ token: sessions[server] ?? "" })

  const update = Effect.fnUntraced(function*(server: Server) {
    const json = { display_name: `Name ${started.length}` }
    const { send } = yield* TwoServers
    const asked = { ...tokenAt(server), json, headers: { "if-match": "*" } }
    count("update", (yield* send(server, "PATCH", "/accounts/me", asked)).status)
  })
  const startSession = Effect.fnUntraced(function*(server: Server) {
    const { body, status } = yield* signIn(server, email)
    count("sign-in", status)
    if (status === 201) started.push(String(body["token"]))
    return status === 201 ? String(body["id"]) : undefined
  })
  const list = Effect.fnUntraced(function*(server: Server) {
    const { send } = yield* TwoServers
    count("list", (yield* send(server, "GET", "/sessions", tokenAt(server))).status)
  })
  const revoke = Effect.fnUntraced(function*(server: Server) {
    const { send } = yield* TwoServers
    const id = yield* startSession(server)
    if (id !== undefined) count("revoke", (yield* send(server, "DELETE", `/sessions/${id}`, tokenAt(server))).status)
  })
  return [update, startSession, list, revoke]
}

const race = Effect.fnUntraced(function*(at: Server, count: Count) {
  const { send } = yield* TwoServers
  const email = anAddress()
  yield* signUp(0, email)
  const [{ token }, one, other] = [yield* aSession(0, email), yield* aSession(0, email), yield* aSession(1, email)]
  const started = [token, one.token, other.token]
  const all = activities(email, [one.token, other.token], started, count)
  const services = yield* Effect.context<TwoServers>()
  let [deleted, turn, late] = [false, 0, 0]
  const goesOn = () => late < LANES_EACH * 2
  const lanes = inLanes(LANES_EACH, goesOn, (server) => {
    if (deleted) late += 1
    const activity = all[(turn += 1) % all.length]
    return activity === undefined ? Effect.void : Effect.provide(Effect.asVoid(activity(server)), services)
  })
  const running = yield* Effect.forkChild(lanes)
  yield* until(() => turn > LANES_EACH * 6)
  const { status } = yield* send(at, "DELETE", "/accounts/me", { token, json: { current_password: PASSWORD } })
  deleted = true
  assert.strictEqual(status, 204)
  yield* Fiber.join(running)
  assert.strictEqual((yield* signIn(at === 0 ? 1 : 0, email)).status, 401)
  const survivors = yield* accepted(started)
  assert.strictEqual((yield* signUp(at === 0 ? 1 : 0, email)).status, 201)
  return survivors
})

describe("on two servers", () => {
  it.live(
    "[ASVS 7.4.2] an account that is deleted amid everything else is gone, and nothing breaks",
    () =>
      Effect.gen(function*() {
        const { checkAudit } = yield* TwoServers
        const { count, seen } = answers()
        let [deletions, survivors] = [0, 0]
        for (const round of yield* roundsOf(6)) {
          survivors += yield* race(round % 2 === 0 ? 0 : 1, count)
          deletions += 1
        }
        const entries = yield* checkAudit
        yield* Effect.log("delete × everything", { deletions, ...seen, survivors, entries })
        assert.strictEqual(survivors, 0)
      }).pipe(Effect.provide(TwoServers.layer)),
    RACE_TIMEOUT
  )

  it.live(
    "of two who delete one account at once, both are told that it is gone, and it went once",
    () =>
      Effect.gen(function*() {
        const { send } = yield* TwoServers
        for (const _ of yield* roundsOf(6)) {
          const email = anAddress()
          yield* signUp(0, email)
          const sessions = [yield* aSession(0, email), yield* aSession(1, email)] as const
          const json = { current_password: PASSWORD }
          const replies = yield* Effect.all([
            send(0, "DELETE", "/accounts/me", { token: sessions[0].token, json }),
            send(1, "DELETE", "/accounts/me", { token: sessions[1].token, json })
          ], { concurrency: 2 })
          const statuses = replies.map(({ status }) => status).toSorted()
          assert.strictEqual(statuses[0], 204)
          assert.include([204, 401], statuses[1])
          assert.strictEqual((yield* signUp(1, email)).status, 201)
        }
      }).pipe(Effect.provide(TwoServers.layer)),
    RACE_TIMEOUT
  )
})
