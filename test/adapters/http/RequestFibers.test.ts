import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Exit, Scope } from "effect"
import * as RequestFibers from "../../../src/adapters/http/exchange/RequestFibers.ts"

describe("the fibers of requests", () => {
  it.effect("are interrupted when the scope closes, however many came and went before", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const run = yield* Scope.provide(RequestFibers.make, scope)
      const gate = yield* Deferred.make<void>()
      const ends: Array<string> = []
      const request = (name: string, work: Effect.Effect<void>) => ({
        effect: Effect.onExit(work, (exit) => Effect.sync(() => void ends.push(`${name} ${exit._tag}`))),
        context: Context.empty()
      })
      run(request("at once", Effect.void))
      run(request("first", Deferred.await(gate)))
      run(request("second", Effect.never))
      yield* Deferred.succeed(gate, undefined)
      yield* Effect.yieldNow
      run(request("third", Effect.never))
      assert.deepStrictEqual(ends, ["at once Success", "first Success"])
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(ends.slice(2).toSorted(), ["second Failure", "third Failure"])
    }))
})
