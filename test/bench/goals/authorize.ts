/** G13: a gateway that asks about a request costs no more than a session check. */
import { Effect } from "effect"
import { readFile, writeFile } from "node:fs/promises"
import { startIdentity } from "../contenders/Identity.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import type { Measurement } from "../suite/Measurement.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import { atLeast } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"

const CONNECTIONS = 64

/** The same requests, as a gateway on this machine asks about them. */
const asGateway = (checks: string, file: string): Effect.Effect<void> =>
  Effect.promise(async () => {
    const text = await readFile(checks, "utf8")
    await writeFile(
      file,
      text.replaceAll("\t/sessions/me\t", "\t/authorize\t").replaceAll("\n", "\tx-original-method\tGET\n")
    )
  })

export const authorize = Effect.gen(function*() {
  const { directory, plan, ...bench } = yield* Bench
  const { checks, url } = yield* bench.database(USUAL)
  const asked = `${directory}/authorizations`
  yield* asGateway(checks, asked)
  const server = yield* startIdentity({ database: url, variables: { IDENTITY_TRUSTED_PROXIES: "127.0.0.1" } })
  const one = (requests: string, seconds: number = plan.seconds) =>
    measure(server, { requests, connections: CONNECTIONS, seconds })
  yield* one(checks, plan.warmUpSeconds)
  yield* one(asked, plan.warmUpSeconds)
  const rounds = yield* inRounds(plan.rounds, Effect.all({ checked: one(checks), authorized: one(asked) }))
  type Round = (typeof rounds)[number]
  const row = (name: string, of: (round: Round) => Measurement) => [
    name,
    medianOf(rounds, (round) => of(round).perSecond),
    medianOf(rounds, (round) => of(round).p99Ms),
    medianOf(rounds, (round) => of(round).cpuMicros)
  ]
  const findings: Findings = {
    title: "Authorizations",
    columns: ["", "requests/s", "p99 ms", "CPU µs each"],
    rows: [
      row("`GET /sessions/me`", ({ checked }) => checked),
      row("`GET /authorize` of a trusted gateway", ({ authorized }) => authorized)
    ],
    verdicts: [
      atLeast({
        goal: "G13",
        sentence: "Authorizations a second at 64 connections, of session checks'",
        figure: medianOf(rounds, ({ authorized, checked }) => authorized.perSecond / checked.perSecond),
        bound: 0.95
      })
    ]
  }
  return findings
}).pipe(Effect.scoped)
