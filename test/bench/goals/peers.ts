/** H12: what others take for the same work. */
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { startIdentity } from "../contenders/Identity.ts"
import { BETTER_AUTH, BETTER_AUTH_CACHED, EXPRESS, FASTIFY, startPeer } from "../contenders/PeerServers.ts"
import type { Contender, Peer } from "../contenders/PeerServers.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import type { Measurement } from "../suite/Measurement.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import { atLeast, atMost } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"
import { SIGN_IN_CONNECTIONS, UNLIMITED } from "./sign-ins.ts"

const CONNECTIONS = 64

const PEERS = [FASTIFY, EXPRESS, BETTER_AUTH, BETTER_AUTH_CACHED]

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

interface Round {
  readonly checks: Measurement
  readonly signIns: Measurement
}

/** A figure of one contender, of the same of ours. */
const share = (
  rounds: ReadonlyArray<ReadonlyArray<Round>>,
  index: number,
  figure: (round: Round) => number
): number =>
  medianOf(rounds, (contenders) => {
    const [theirs, ours] = [contenders[index], contenders[0]]
    return theirs === undefined || ours === undefined ? NaN : figure(theirs) / figure(ours)
  })

const COLUMNS = [
  "",
  "checks/s",
  "of identity's",
  "p99 ms",
  "CPU µs each",
  "database's",
  "sign-ins/s",
  "of identity's",
  "p99 ms",
  "CPU ms each",
  "RSS MB",
  "start s"
]

const rowOf = (rounds: ReadonlyArray<ReadonlyArray<Round>>, { server }: Contender, index: number) => {
  const of = (figure: (round: Round) => number) => medianOf(rounds.flatMap((round) => round[index] ?? []), figure)
  return [
    server.name,
    of(({ checks }) => checks.perSecond),
    share(rounds, index, ({ checks }) => checks.perSecond),
    of(({ checks }) => checks.p99Ms),
    of(({ checks }) => checks.cpuMicros),
    of(({ checks }) => checks.databaseMicros),
    of(({ signIns }) => signIns.perSecond),
    share(rounds, index, ({ signIns }) => signIns.perSecond),
    of(({ signIns }) => signIns.p99Ms),
    of(({ signIns }) => signIns.cpuMicros / 1000),
    of(({ signIns }) => signIns.residentMb),
    server.startSeconds
  ]
}

const verdictsOf = (rounds: ReadonlyArray<ReadonlyArray<Round>>, contenders: ReadonlyArray<Contender>) => {
  const others = contenders.flatMap(({ server: { name } }, index) => index === 0 ? [] : [{ name, index }])
  const times = (peer: Peer, bound: number, whyMissed?: string) =>
    others.filter(({ name }) => name === peer.name).map(({ index, name }) =>
      atLeast({
        goal: "H12",
        sentence: `Checks a second, of those of ${name}`,
        figure: 1 / share(rounds, index, ({ checks }) => checks.perSecond),
        bound,
        ...(whyMissed !== undefined && { whyMissed })
      })
    )
  return [
    ...times(FASTIFY, 2.2, "the kernel, Node's HTTP and the HMAC are most of either, and only ours logs and counts"),
    ...times(BETTER_AUTH, 18),
    atMost({
      goal: "H12",
      sentence: "RSS after all of it, of the least that a peer has",
      figure: 1 / Math.min(...others.map(({ index }) => share(rounds, index, ({ signIns }) => signIns.residentMb))),
      bound: 1,
      whyMissed: "our scripts and packages take 22 MB, of which a small server needs a part"
    })
  ]
}

export const peers = Effect.gen(function*() {
  const { plan } = yield* Bench
  const seconds = Math.ceil(plan.seconds / 2)
  const ours = yield* startOurs
  const [others, absent] = yield* Effect.partition(PEERS, startPeer)
  const contenders = [ours, ...others]
  const check = ({ checks, server }: Contender, seconds: number) =>
    measure(server, { requests: checks, connections: CONNECTIONS, seconds })
  const signIn = ({ server, signIns }: Contender, seconds: number) =>
    measure(server, { requests: signIns, connections: SIGN_IN_CONNECTIONS, seconds })
  for (const contender of contenders) {
    yield* holdToWork(contender)
    yield* check(contender, plan.warmUpSeconds)
    yield* signIn(contender, Math.ceil(plan.warmUpSeconds / 2))
  }
  const measured = yield* inRounds(
    plan.rounds,
    Effect.forEach(
      contenders,
      (contender) => Effect.all({ checks: check(contender, seconds), signIns: signIn(contender, seconds) })
    )
  )
  const findings: Findings = {
    title: "Peers, same work",
    columns: COLUMNS,
    rows: contenders.map((contender, index) => rowOf(measured, contender, index)),
    verdicts: verdictsOf(measured, contenders),
    notes: [
      ...absent.map(({ message }) => `**Not measured:** ${message}`),
      "10,000 accounts, 100,000 sessions; checks at 64 connections, sign-ins at 8; argon2id with the same parameters and no limits on guessing for everybody. Fastify works on our tables, the others on their own in the same server. Ours hashes on every core while nobody checks, the others in as many threads as Node has for it. Ours is given the options that the image gives Node. Better Auth with its cookie cache reads no database, so it accepts a session that was ended for as long as the cookie is valid. A start is one, on files the system has read before."
    ]
  }
  return findings
}).pipe(Effect.scoped)
