/** F11: two servers whose signing keys are rotated while people use both. */
import { Effect } from "effect"
import { createHash } from "node:crypto"
import type { Server } from "../e2e/IdentityProcess.ts"
import { least, none, Trial } from "./Fault.ts"
import type { Fault } from "./Fault.ts"
import { isRefused } from "./Recorder.ts"
import { cut, makeWorld } from "./World.ts"
import type { World } from "./World.ts"

const key = (number: number): string =>
  `k${number}:${createHash("sha256").update(`key ${number} of the faults`).digest("base64url")}`

const ring = (...numbers: ReadonlyArray<number>) => ({ IDENTITY_SIGNING_KEYS: numbers.map(key).join(",") })

/** Replaces both servers one after the other, as `docs/guides/keys.md` says. */
const replace = Effect.fnUntraced(function*(world: World, old: ReadonlyArray<Server>, keys: ReadonlyArray<number>) {
  return yield* Effect.forEach(old, (server) =>
    Effect.gen(function*() {
      const next = yield* world.start(ring(...keys))
      world.forget(server)
      server.child.kill("SIGTERM")
      yield* Effect.orDie(server.ended)
      return next
    }))
})

const rotations = Effect.gen(function*() {
  const { plan } = yield* Trial
  const count = plan.full ? 6 : 1
  const world = yield* makeWorld({ variables: ring(0) })
  let servers: ReadonlyArray<Server> = [yield* world.start(), yield* world.start()]
  const rotate = (old: number) =>
    Effect.gen(function*() {
      servers = yield* replace(world, servers, [old, old + 1])
      servers = yield* replace(world, servers, [old + 1, old])
      // In their stead who waits for the longest session to end.
      yield* Effect.promise(() => world.crowd.renewed())
      servers = yield* replace(world, servers, [old + 1])
    })
  yield* world.during({ size: 8 }, Effect.forEach(Array.from({ length: count }, (_, number) => number), rotate))
  const { exchanges } = world.recorder
  return [
    least(`rotations during ${exchanges.length} requests`, count, count),
    cut(exchanges),
    none("requests that found no server", exchanges.filter(isRefused)),
    ...yield* world.judged
  ]
})

export const keyFaults: ReadonlyArray<Fault> = [
  { id: "F11", title: "Signing keys are added, used and retired on two servers", run: rotations }
]
