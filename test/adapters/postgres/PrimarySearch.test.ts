import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { ConnectionError, SqlError as SqlFailure } from "effect/sql/SqlError"
import * as PrimarySearch from "../../../src/adapters/postgres/connection/PrimarySearch.ts"
import { failureCode } from "../../../src/adapters/postgres/connection/StoreFailure.ts"

const hosts = [{ address: "h1", port: 1 }, { address: "h2", port: 2 }, { address: "h3", port: 3 }] as const

const failing = (code: string) =>
  Effect.fail(new SqlFailure({ reason: new ConnectionError({ cause: { code }, operation: "connect" }) }))

/** A search among servers that answer alike until a test changes that, and whom it asked. */
const searchAmong = (answers: Record<string, Effect.Effect<string, SqlError>>, connectTimeout?: number) => {
  const asked: Array<string> = []
  const search = PrimarySearch.make({ hosts, connectTimeout })
  const first = search.first(({ address }) => {
    asked.push(address)
    return answers[address] ?? failing("ECONNREFUSED")
  }, Duration.millis(300))
  return {
    first: Effect.scoped(Effect.match(first, { onSuccess: (found) => found, onFailure: failureCode })),
    asked: () => asked.splice(0).join(" ")
  }
}

describe("of several servers", () => {
  it.live("the first primary is taken, and tried first from then on", () =>
    Effect.gen(function*() {
      const answers: Record<string, Effect.Effect<string, SqlError>> = {
        h1: failing("standby"),
        h2: Effect.succeed("h2")
      }
      const { asked, first } = searchAmong(answers)
      assert.deepStrictEqual([yield* first, asked()], ["h2", "h1 h2"])
      assert.deepStrictEqual([yield* first, asked()], ["h2", "h2"])
      answers["h2"] = failing("standby")
      answers["h3"] = Effect.succeed("h3")
      assert.deepStrictEqual([yield* first, asked()], ["h3", "h2 h1 h3"])
    }))

  it.live("one that does not answer takes its share of the time, and no more than connect_timeout", () =>
    Effect.gen(function*() {
      const silent = searchAmong({ h1: Effect.never, h2: Effect.never, h3: Effect.succeed("h3") })
      assert.deepStrictEqual([yield* silent.first, silent.asked()], ["h3", "h1 h2 h3"])
      const nobody = searchAmong({ h1: Effect.never, h2: Effect.never, h3: Effect.never })
      assert.deepStrictEqual([yield* nobody.first, nobody.asked()], ["deadline", "h1 h2 h3"])
      const hasty = searchAmong({ h1: Effect.never, h3: Effect.succeed("h3") }, 0.001)
      const [duration, found] = yield* Effect.timed(hasty.first)
      assert.strictEqual(found, "h3")
      assert.isBelow(Duration.toMillis(duration), 100)
    }))

  it.live("none is asked after one that refuses the login, and that is what is told", () =>
    Effect.gen(function*() {
      const { asked, first } = searchAmong({
        h1: failing("ECONNREFUSED"),
        h2: failing("28P01"),
        h3: Effect.succeed("h3")
      })
      assert.deepStrictEqual([yield* first, asked()], ["28P01", "h1 h2"])
    }))

  it.live("what kept one from answering is told rather than that another is a standby", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* searchAmong({ h1: failing("standby"), h2: failing("ECONNREFUSED") }).first,
        "ECONNREFUSED"
      )
      const standbys = searchAmong({ h1: failing("standby"), h2: failing("standby"), h3: failing("standby") })
      assert.strictEqual(yield* standbys.first, "standby")
    }))
})
