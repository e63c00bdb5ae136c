/** G4: how a check's cost falls with connections, because checks that arrive together share work, and with workers. */
import { Effect } from "effect"
import { startIdentity } from "../contenders/Identity.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { drawCurves } from "../suite/Curves.ts"
import { constant, fit, LEGEND, percent, spellError, spellFormula } from "../suite/LeastSquares.ts"
import type { Model, Point, Term } from "../suite/LeastSquares.ts"
import { measure } from "../suite/Measurement.ts"
import type { Measurement } from "../suite/Measurement.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import { atLeast } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"

const WIDTHS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
const WIDTHS_OF_TWO = [64, 256]
const ROUNDS = 2

/** Each power of four is fitted. */
const isHeldOut = (connections: number): boolean => !Number.isInteger(Math.log2(connections) / 2)

/** All connections come from one address, which may have a quarter of them. */
const variables = { IDENTITY_CONNECTIONS_MAX: "8192" }

const start = Effect.fnUntraced(function*(workers: number) {
  const { database, plan } = yield* Bench
  const { checks, url } = yield* database(USUAL)
  const server = yield* startIdentity({
    database: url,
    name: `identity, ${workers} workers`,
    variables: { ...variables, IDENTITY_WORKERS: String(workers) }
  })
  const at = (connections: number, seconds = Math.ceil(plan.seconds / 4)) =>
    measure(server, { requests: checks, connections, seconds })
  yield* at(64, plan.warmUpSeconds)
  return at
})

/**
 * A check's own part; what checks share that arrive together, of which there are more the more connections there are;
 * and what each open connection costs in memory and caches.
 */
const TERMS: ReadonlyArray<Term> = [constant, (connections) => connections ** -0.5, (connections) => connections]

const measureAll = Effect.gen(function*() {
  const one = yield* start(1)
  const two = yield* start(2)
  return yield* inRounds(
    ROUNDS,
    Effect.all({
      one: Effect.forEach(WIDTHS, (width) => one(width)),
      two: Effect.forEach(WIDTHS_OF_TWO, (width) => two(width))
    })
  )
}).pipe(Effect.scoped)

interface Round {
  readonly one: ReadonlyArray<Measurement>
  readonly two: ReadonlyArray<Measurement>
}

const drawing = (
  model: Model,
  ofTwo: Model["at"],
  points: ReadonlyArray<Point>,
  pointsOfTwo: ReadonlyArray<Point>
) => ({
  name: "cost-with-connections",
  alt:
    `A curve over 1 to 1,024 connections, the horizontal axis logarithmic: the server's CPU time for a check falls from ${
      model.at(1).toFixed(0)
    } µs at one connection to ${model.at(64).toFixed(0)} µs at 64, and is ${
      model.at(1024).toFixed(0)
    } µs at 1,024. A second one is for two workers, which have half of the connections each.`,
  svg: drawCurves({
    title: "The server's CPU time for a check",
    subtitle: LEGEND,
    x: { name: "connections", from: 1, to: 1024, base: 4 },
    y: { name: "µs" },
    curves: [
      { name: "1 worker", at: model.at, points },
      { name: "2 workers, as that predicts", at: ofTwo, points: pointsOfTwo }
    ]
  })
})

const rateAt = (connections: number) => ({ one }: Round) => one[WIDTHS.indexOf(connections)]?.perSecond ?? NaN

const describe = (rounds: ReadonlyArray<Round>) => {
  const of = (figure: (round: Round) => Measurement | undefined, name: "p99Ms" | "perSecond") =>
    medianOf(rounds, (round) => figure(round)?.[name] ?? NaN)
  // What is cold, or what others do meanwhile, only ever adds to the time of a check.
  const least = (figure: (round: Round) => Measurement | undefined) =>
    Math.min(...rounds.map((round) => figure(round)?.cpuMicros ?? NaN))
  const points = WIDTHS.map((size, index): Point => ({
    size,
    micros: least(({ one }) => one[index]),
    isHeldOut: isHeldOut(size)
  }))
  const model = fit(points, TERMS)
  const pointsOfTwo = WIDTHS_OF_TWO.map((size, index): Point => ({
    size,
    micros: least(({ two }) => two[index]),
    isHeldOut: true
  }))
  const ofTwo = (connections: number) => model.at(connections / 2)
  /** How many times what the model says a check takes in one of two workers. */
  const excess = medianOf(pointsOfTwo, ({ micros, size }) => micros / ofTwo(size))
  const findings: Findings = {
    title: "What a check costs with connections and workers",
    columns: ["connections", "checks/s", "p99 ms", "CPU µs each, the least", "by the model", "fitted"],
    rows: [
      ...points.map(({ isHeldOut, micros, size }, index) => [
        size.toLocaleString("en"),
        of(({ one }) => one[index], "perSecond"),
        of(({ one }) => one[index], "p99Ms"),
        micros,
        model.at(size),
        isHeldOut ? "" : "yes"
      ]),
      ...pointsOfTwo.map(({ micros, size }, index) => [
        `${size}, 2 workers`,
        of(({ two }) => two[index], "perSecond"),
        of(({ two }) => two[index], "p99Ms"),
        micros,
        ofTwo(size),
        ""
      ])
    ],
    pictures: [drawing(model, ofTwo, points, pointsOfTwo)],
    verdicts: [
      atLeast({
        goal: "G4",
        sentence: "Checks a second at 256 connections, of those at 64",
        figure: medianOf(rounds, (round) => rateAt(256)(round) / rateAt(64)(round)),
        bound: 0.8
      })
    ],
    notes: [
      `The model is ${
        spellFormula(model, ["", " / √connections", " × connections"])
      } µs: a part of each check, one that checks which arrive together share, and one for each open connection. At numbers of connections that were not fitted it is ${
        spellError(model)
      }. Nothing was fitted to two workers, which share the connections: a check takes ${
        percent(Math.abs(excess - 1))
      } ${excess < 1 ? "less" : "more"} than predicted.`
    ]
  }
  return { findings, model, excess }
}

export const connectionsCost = Effect.map(measureAll, describe)
