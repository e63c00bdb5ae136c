/** G11, H11: what needs no configuration is no slower, and starts as quickly as somebody who tries it expects. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { Effect, Layer, Schedule } from "effect"
import { chmodSync, existsSync } from "node:fs"
import * as DataDirectory from "../../../src/platform/embedded/DataDirectory.ts"
import * as PostgresBinaries from "../../../src/platform/embedded/PostgresBinaries.ts"
import { database, role } from "../../../src/platform/embedded/PostgresCluster.ts"
import * as ServerUser from "../../../src/platform/embedded/ServerUser.ts"
import { temporaryDirectory } from "../../support/temporary-directory.ts"
import { startBaseline } from "../contenders/Baselines.ts"
import { startIdentity } from "../contenders/Identity.ts"
import { populate } from "../machine/Population.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import { atMost } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"
import { CHECK_COLUMNS, checkRows, compareChecks, rateVerdicts } from "./checks.ts"
import { bareNode, secondsOf } from "./start.ts"

const emptyDataDir = Effect.map(temporaryDirectory("identity-bench-"), (directory) => `${directory}/data`)

/**
 * As root the programs of Postgres are copied once a machine, which somebody's first start waits for, too; otherwise
 * they are copied into the data directory, and starting takes as long as it takes.
 */
const copyingPrograms = Effect.gen(function*() {
  const directory = yield* DataDirectory.open(yield* emptyDataDir)
  const user = yield* ServerUser.find(directory)
  if (user._tag === "None") return 0
  const place = yield* temporaryDirectory("identity-bench-")
  chmodSync(place, 0o755)
  return yield* secondsOf(PostgresBinaries.install(directory, user)).pipe(
    Effect.provideService(PostgresBinaries.SharedPlaces, [place])
  )
}).pipe(Effect.scoped, Effect.provide(Layer.merge(NodeFileSystem.layer, NodePath.layer)), Effect.orDie)

const untilGone = (dataDir: string) =>
  Effect.sync(() => existsSync(`${dataDir}/cluster/postmaster.pid`)).pipe(
    Effect.repeat({ schedule: Schedule.spaced("20 millis"), until: (running) => !running })
  )

const starts = Effect.gen(function*() {
  const dataDir = yield* emptyDataDir
  const start = Effect.map(Effect.scoped(startIdentity({ database: { dataDir } })), ({ startSeconds }) => startSeconds)
  const copying = yield* copyingPrograms
  const first = yield* start
  yield* untilGone(dataDir)
  const again = yield* start
  yield* untilGone(dataDir)
  return { first: first + copying, again, node: yield* secondsOf(bareNode) }
}).pipe(Effect.scoped)

export const embedded = Effect.gen(function*() {
  const bench = yield* Bench
  const started = yield* inRounds(bench.plan.rounds, starts)
  const { checks } = yield* bench.database(USUAL)
  const dataDir = yield* emptyDataDir
  const ours = yield* startIdentity({ database: { dataDir } })
  // The socket of the embedded server, as a URL.
  const url = `postgres://${role}@localhost/${database}?host=${encodeURIComponent(`${dataDir}/cluster`)}`
  yield* populate(url, USUAL)
  const rounds = yield* compareChecks({
    ours,
    prepared: yield* startBaseline("prepared", url),
    batched: yield* startBaseline("batched", url)
  }, checks)
  const findings: Findings = {
    title: "The embedded database",
    columns: CHECK_COLUMNS,
    rows: checkRows(rounds),
    verdicts: [
      ...rateVerdicts("G11", "on the embedded database", rounds, { goal: "G11", bound: 0.75 }),
      atMost({
        goal: "G11",
        sentence: "First start in an empty directory until it is ready",
        figure: medianOf(started, ({ first }) => first),
        bound: 5,
        unit: "s"
      }),
      atMost({
        goal: "G11",
        sentence: "Start in a directory that was used before",
        figure: medianOf(started, ({ again }) => again),
        bound: 1.5,
        unit: "s"
      }),
      atMost({
        goal: "H11",
        sentence: "First start in an empty directory until it is ready",
        figure: medianOf(started, ({ first }) => first),
        bound: 0.9,
        unit: "s",
        whyMissed: "Postgres's own initdb is most of it"
      })
    ],
    notes: [
      "Everybody uses the embedded server's Unix socket, with the little memory it is given.",
      `A first start takes ${
        medianOf(started, ({ first, node }) => first / node).toFixed(0)
      } times as long as Node with ` +
      "nothing to do."
    ]
  }
  return findings
}).pipe(Effect.scoped)
