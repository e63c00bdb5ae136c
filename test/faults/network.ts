/** F6: the way to the database is slow, stalls, resets connections, or swallows what is sent. */
import { Effect, Redacted } from "effect"
import * as FaultyProxy from "../support/FaultyProxy.ts"
import { checkOf } from "./Crowd.ts"
import { least, most, none, Trial } from "./Fault.ts"
import type { Fault } from "./Fault.ts"
import type { Session } from "./Recorder.ts"
import { makeWorld, RECOVERY_SECONDS, untilWell } from "./World.ts"
import type { World } from "./World.ts"

const FAULTS: ReadonlyArray<FaultyProxy.Fault> = [
  { kind: "slow", milliseconds: 1_200 },
  { kind: "stalling" },
  { kind: "resetting" },
  { kind: "half-open" }
]

const POOL_MAX = 10

const MORE_FAULTS: ReadonlyArray<FaultyProxy.Fault> = [
  { kind: "slow", milliseconds: 300 },
  { kind: "slow", milliseconds: 900 },
  { kind: "slow", milliseconds: 1_700 },
  { kind: "slow", milliseconds: 2_500 }
]

const suffer = Effect.fnUntraced(function*(world: World, proxy: FaultyProxy.FaultyProxy, session: Session) {
  const { plan } = yield* Trial
  const { recorder, servers } = world
  const checks = Effect.replicateEffect(
    Effect.promise(() => recorder.send(servers[0] ?? "", checkOf("", session))),
    2 * POOL_MAX,
    { concurrency: "unbounded" }
  )
  return (fault: FaultyProxy.Fault) =>
    Effect.gen(function*() {
      // So many connections are open and idle.
      yield* checks
      yield* proxy.begin(fault)
      // Longer than the service's patience with one request.
      yield* Effect.sleep(plan.full ? "15 seconds" : "5 seconds")
      yield* proxy.end
      const recovery = yield* untilWell(world, session)
      return { recovery, after: yield* checks }
    })
})

const network = Effect.gen(function*() {
  const { plan } = yield* Trial
  const faults = plan.full ? [...FAULTS, ...MORE_FAULTS] : FAULTS
  const world = yield* makeWorld()
  const proxy = yield* FaultyProxy.make(world.database.port)
  const url = new URL(Redacted.value(world.database.url))
  url.port = String(proxy.port)
  yield* world.start({ IDENTITY_DATABASE_URL: url.href, IDENTITY_DATABASE_POOL_MAX: String(POOL_MAX) })
  const session = yield* world.signedIn
  const rounds = yield* world.during({ size: 6 }, Effect.forEach(faults, yield* suffer(world, proxy, session)))
  const refusals = world.recorder.exchanges.filter(({ status }) => status === 503).length
  return [
    least("answers of 503 meanwhile", refusals, faults.length),
    ...yield* world.judged,
    most("longest recovery", Math.max(...rounds.map(({ recovery }) => recovery)), RECOVERY_SECONDS, "s"),
    none("answers other than 200 after it", rounds.flatMap(({ after }) => after).filter(({ status }) => status !== 200))
  ]
})

export const networkFaults: ReadonlyArray<Fault> = [
  { id: "F6", title: "The network to the database is slow, stalls, resets or swallows", run: network }
]
