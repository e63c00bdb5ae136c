/** No goal: what others take for the same work. */
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { startIdentity } from "../contenders/Identity.ts"
import { PEERS, startPeer } from "../contenders/PeerServers.ts"
import type { Contender } from "../contenders/PeerServers.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import type { Findings } from "../suite/Verdict.ts"
import { SIGN_IN_CONNECTIONS, UNLIMITED } from "./sign-ins.ts"

const CONNECTIONS = 64

const startOurs = Effect.gen(function*() {
  const bench = yield* Bench
  const { checks, signIns, url } = yield* bench.database(USUAL)
  const contender: Contender = {
    checks,
    signIns,
    server: yield* startIdentity({ database: url, variables: UNLIMITED })
  }
  return contender
})

/** A 200 may be an apology. A contender that checks and signs in answers with the account. */
const holdToWork = Effect.fnUntraced(function*({ checks, server, signIns }: Contender) {
  for (const file of [checks, signIns]) {
    const [method = "", path = "", body = "", ...rest] = readFileSync(file, "utf8").split("\n")[0]?.split("\t") ?? []
    const headers = Object.fromEntries(rest.flatMap((name, index) => index % 2 === 0 ? [[name, rest[index + 1]]] : []))
    const answer = yield* Effect.promise(async () =>
      (await fetch(`${server.url}${path}`, { method, headers, body: body === "" ? null : body }))
        .text()
    )
    if (!/person\d+@example\.com/.test(answer)) {
      return yield* Effect.die(new Error(`${server.name} answers ${method} ${path} with ${answer.slice(0, 200)}`))
    }
  }
})

export const peers = Effect.gen(function*() {
  const bench = yield* Bench
  const { rounds, seconds, warmUpSeconds } = bench.plan
  const ours = yield* startOurs
  const [others, absent] = yield* Effect.partition(PEERS, startPeer)
  const contenders = [ours, ...others]
  const check = ({ checks, server }: Contender, seconds: number) =>
    measure(server, { requests: checks, connections: CONNECTIONS, seconds })
  const signIn = ({ server, signIns }: Contender, seconds: number) =>
    measure(server, { requests: signIns, connections: SIGN_IN_CONNECTIONS, seconds })
  for (const contender of contenders) {
    yield* holdToWork(contender)
    yield* check(contender, warmUpSeconds)
    yield* signIn(contender, warmUpSeconds)
  }
  const measured = yield* inRounds(
    rounds,
    Effect.forEach(
      contenders,
      (contender) => Effect.all({ checks: check(contender, seconds), signIns: signIn(contender, seconds) })
    )
  )
  const findings: Findings = {
    title: "Peers, same work",
    columns: [
      "",
      "checks/s",
      "of identity's",
      "p99 ms",
      "CPU µs each",
      "sign-ins/s",
      "p99 ms",
      "CPU ms each",
      "RSS MB",
      "start s"
    ],
    rows: contenders.map(({ server }, index) => {
      const of = (figure: (round: (typeof measured)[number][number]) => number) =>
        medianOf(measured.flatMap((round) => round[index] ?? []), figure)
      return [
        server.name,
        of(({ checks }) => checks.perSecond),
        medianOf(measured, (round) => (round[index]?.checks.perSecond ?? NaN) / (round[0]?.checks.perSecond ?? NaN)),
        of(({ checks }) => checks.p99Ms),
        of(({ checks }) => checks.cpuMicros),
        of(({ signIns }) => signIns.perSecond),
        of(({ signIns }) => signIns.p99Ms),
        of(({ signIns }) => signIns.cpuMicros / 1000),
        of(({ signIns }) => signIns.residentMb),
        server.startSeconds
      ]
    }),
    verdicts: [],
    notes: [
      ...absent.map(({ message }) => `**Not measured:** ${message}`),
      "10,000 accounts, 100,000 sessions; checks at 64 connections, sign-ins at 8; limits on guessing off for everybody. Ours hashes one password fewer at once than there are cores, the others as many as Node has threads for. A start is one, on files the system has read before."
    ]
  }
  return findings
}).pipe(Effect.scoped)
