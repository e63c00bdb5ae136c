import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Reply } from "../support/PostgresNode.ts"
import { anAddress, PASSWORD, signUp } from "./Person.ts"
import { RACE_TIMEOUT, roundsOf, TwoServers } from "./TwoServers.ts"

const SAME_TIME = 64

/** The same request in all lanes of both servers at once, and again after that. */
const repeat = Effect.fnUntraced(function*(path: string, json: unknown, key: string) {
  const { send } = yield* TwoServers
  const asked = { json, headers: { "idempotency-key": key } }
  const replies = yield* Effect.forEach(
    Array.from({ length: SAME_TIME }),
    (_, index) => send(index % 2 === 0 ? 0 : 1, "POST", path, asked),
    { concurrency: "unbounded" }
  )
  return [...replies, yield* send(0, "POST", path, asked), yield* send(1, "POST", path, asked)]
})

describe("[P3] on two servers", () => {
  it.live.each(["/accounts", "/sessions"])(
    "64 times the same request to %s with one key takes effect once",
    (path) =>
      Effect.gen(function*() {
        const { checkAudit } = yield* TwoServers
        let [requests, answered, inProgress, effects] = [0, 0, 0, 0]
        for (const round of yield* roundsOf(4)) {
          const email = anAddress()
          if (path === "/sessions") yield* signUp(0, email)
          const json = {
            email,
            password: PASSWORD,
            ...(path === "/accounts" ? { display_name: "Ada Lovelace" } : {})
          }
          const replies: ReadonlyArray<Reply> = yield* repeat(path, json, `key-${round}`)
          const done = replies.filter(({ status }) => status === 201)
          const others = replies.filter(({ status }) => status !== 201)
          assert.deepStrictEqual(new Set(others.map(({ body, status }) => `${status} ${body["code"]}`)).size <= 1, true)
          for (const { body } of others) assert.strictEqual(body["code"], "request-in-progress")
          assert.strictEqual(new Set(done.map(({ text }) => text)).size, 1)
          assert.isAtLeast(done.length, 3)
          requests += replies.length
          answered += done.length
          inProgress += others.length
          effects += new Set(done.map(({ body }) => body["id"])).size
        }
        const entries = yield* checkAudit
        yield* Effect.log(`64 × POST ${path} with one key`, { requests, effects, answered, inProgress, entries })
      }).pipe(Effect.provide(TwoServers.layer)),
    RACE_TIMEOUT
  )
})
