/** G12: what administrators do costs the same in a large system, and nobody who is signed in notices it. */
import { Duration, Effect, Fiber, Layer, Option, Redacted } from "effect"
import * as PostgresClient from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import { emailKey } from "../../../src/domain/model/Email.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { Directory } from "../../../src/ports/Directory.ts"
import { postgresStores } from "../../support/stores.ts"
import { startBaseline } from "../contenders/Baselines.ts"
import { runIdentity, startIdentity } from "../contenders/Identity.ts"
import { accountIdOf, addEndedSessions } from "../machine/Population.ts"
import { Bench } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import { progress } from "../suite/Progress.ts"
import { inRounds, median, medianOf } from "../suite/Rounds.ts"
import { atLeast, atMost } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"
import { secondsOf } from "./start.ts"

const PAGE = 100
const ENDED = 1_000_000
const MILLION = { accounts: 1_000_000, sessions: 1_000_000 }

const CONNECTIONS = 64
const REPETITIONS = 200

/** Milliseconds for the first page of all accounts and for the last, as `list-accounts` asks for them. */
const pages = Effect.gen(function*() {
  const accountStore = yield* AccountStore
  const directory = yield* Directory
  // The accounts of the last page are those with the lowest numbers.
  const beforeLast = yield* Effect.flatMap(accountStore.findAccount(accountIdOf(PAGE + 1)), Effect.fromOption)
  const list = (after: typeof beforeLast | undefined) =>
    Effect.filterOrFail(
      directory.listAccounts({
        limit: PAGE,
        after: Option.map(
          Option.fromUndefinedOr(after),
          ({ createdAt, email, id }) => ({ createdAt: createdAt.epochMilliseconds, id, emailKey: emailKey(email) })
        ),
        createdSince: Option.none(),
        createdBefore: Option.none(),
        verified: Option.none(),
        lastSignInBefore: Option.none(),
        emailPrefix: Option.none(),
        status: Option.none()
      }),
      ({ items }) => items.length === PAGE,
      () => new Error("a page is not full")
    )
  const samples = yield* Effect.forEach(
    Array.from({ length: REPETITIONS }),
    () => Effect.all({ first: secondsOf(list(undefined)), last: secondsOf(list(beforeLast)) })
  )
  const usual = samples.slice(REPETITIONS / 10)
  return { first: medianOf(usual, ({ first }) => first) * 1000, last: medianOf(usual, ({ last }) => last) * 1000 }
})

const onStore = (url: string) =>
  postgresStores.pipe(
    Layer.provide(
      PostgresClient.layer({ target: { url: Redacted.make(url) }, poolMax: 1, timeout: Duration.seconds(10) })
    )
  )

/** Rows a second of `identity prune`, its start included. */
const prune = (url: string): Effect.Effect<number> =>
  Effect.suspend(() => {
    const begun = performance.now()
    return Effect.map(runIdentity(["prune", "--quiet"], { IDENTITY_DATABASE_URL: url }), (removed) => {
      const perSecond = Number(removed) * 1000 / (performance.now() - begun)
      progress(`pruned ${removed.trim()} rows, ${perSecond.toFixed(0)}/s`)
      return perSecond
    })
  })

/** Checks by us and by the baseline, both while `prune` works. */
const besidePruning = Effect.gen(function*() {
  const bench = yield* Bench
  const { rounds, seconds, warmUpSeconds } = bench.plan
  const { checks, url } = yield* bench.database(MILLION)
  const ours = yield* startIdentity({ database: url })
  const prepared = yield* startBaseline("prepared", url)
  const load = { requests: checks, connections: CONNECTIONS }
  // Pruning does not take long.
  const half = Math.ceil(seconds / 2)
  for (const server of [ours, prepared]) yield* measure(server, { ...load, seconds: warmUpSeconds })
  yield* addEndedSessions(url, ENDED, MILLION)
  const pruning = yield* Effect.forkScoped(prune(url))
  const measured = yield* inRounds(
    rounds,
    Effect.all({
      ours: measure(ours, { ...load, seconds: half }),
      prepared: measure(prepared, { ...load, seconds: half })
    })
  )
  if (pruning.pollUnsafe() !== undefined) progress("pruning ended before the checks did")
  return { measured, perSecond: yield* Fiber.join(pruning) }
}).pipe(Effect.scoped)

export const administration = Effect.gen(function*() {
  const bench = yield* Bench
  const { url } = yield* bench.database(MILLION)
  const listed = yield* Effect.provide(pages, onStore(url))
  yield* addEndedSessions(url, ENDED, MILLION)
  const alone = yield* prune(url)
  const { measured, perSecond } = yield* besidePruning
  const findings: Findings = {
    title: "Administration of 1,000,000 accounts",
    columns: ["", "", ""],
    rows: [
      ["a page of accounts, the first", listed.first, "ms"],
      ["a page of accounts, number 10,000", listed.last, "ms"],
      ["`identity prune` alone", alone, "rows/s"],
      ["`identity prune` beside checks", perSecond, "rows/s"],
      ["p99 of checks beside it", median(measured.map(({ ours }) => ours.p99Ms)), "ms"],
      ["p99 of the prepared baseline's beside it", median(measured.map(({ prepared }) => prepared.p99Ms)), "ms"]
    ],
    verdicts: [
      atMost({
        goal: "G12",
        sentence: "Time of page 10,000 of a list of accounts, of that of page 1",
        figure: listed.last / listed.first,
        bound: 1.2
      }),
      atLeast({
        goal: "G12",
        sentence: "Ended sessions removed a second by `identity prune`",
        figure: alone,
        bound: 20_000,
        unit: "rows/s"
      }),
      atMost({
        goal: "G12",
        sentence: "p99 of checks beside it, of the prepared baseline's beside it",
        figure: medianOf(measured, ({ ours, prepared }) => ours.p99Ms / prepared.p99Ms),
        bound: 1
      })
    ]
  }
  return findings
}).pipe(Effect.orDie)
