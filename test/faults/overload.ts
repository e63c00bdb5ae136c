/**
 * F13: more sign-ins than a server can judge, beside people who are signed in; one greedy network beside others;
 * clients that are slow or send much.
 */
import { Effect } from "effect"
import { connect } from "node:net"
import { setTimeout as pause } from "node:timers/promises"
import { residentMegabytes } from "../bench/machine/ProcessUsage.ts"
import type { Server } from "../e2e/IdentityProcess.ts"
import { checkOf } from "./Crowd.ts"
import { least, most, none, Trial } from "./Fault.ts"
import type { Fault, Figure } from "./Fault.ts"
import { millisecondsOf } from "./Recorder.ts"
import type { Asked, Exchange, Recorder } from "./Recorder.ts"
import { makeWorld } from "./World.ts"
import type { World } from "./World.ts"

const CHECKS_PER_SECOND = 100

const PASSWORD = "a well kept secret"

/** Sends at a fixed rate for a while, whether or not earlier requests were answered, as a crowd does. */
const atRate = async (perSecond: number, seconds: number, send: (index: number) => Promise<Exchange>) => {
  const sent: Array<Promise<Exchange>> = []
  const begun = performance.now()
  while (sent.length < perSecond * seconds) {
    const due = Math.min(perSecond * seconds, Math.floor((performance.now() - begun) / 1000 * perSecond))
    while (sent.length < due) sent.push(send(sent.length))
    await pause(2)
  }
  return await Promise.all(sent)
}

/** Sends over this many connections for a while, on each as soon as the last answer came. */
const inLanes = async (lanes: number, seconds: number, send: (lane: number) => Promise<Exchange>) => {
  const until = performance.now() + seconds * 1000
  const answers = await Promise.all(Array.from({ length: lanes }, async (_, lane) => {
    const own: Array<Exchange> = []
    while (performance.now() < until) own.push(await send(lane))
    return own
  }))
  return answers.flat()
}

const are = (exchanges: ReadonlyArray<Exchange>, status: number) => exchanges.filter((it) => it.status === status)

const percentile = (exchanges: ReadonlyArray<Exchange>, share: number): number => {
  const sorted = exchanges.map(millisecondsOf).toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** As the proxy in front of the server hands it on. */
const from = (address: string) => ({ "x-forwarded-for": address })

const signUp = (name: string, address: string): Asked => ({
  kind: "sign-up",
  method: "POST",
  path: "/accounts",
  email: `${name}@example.com`,
  headers: from(address),
  json: { email: `${name}@example.com`, password: PASSWORD, display_name: name }
})

const signIn = (name: string, address: string): Asked => ({
  kind: "sign-in",
  method: "POST",
  path: "/sessions",
  email: `${name}@example.com`,
  headers: from(address),
  json: { email: `${name}@example.com`, password: PASSWORD }
})

/** A body of the largest size, with as many members as fit. */
const junk: Asked = {
  kind: "abuse",
  method: "POST",
  path: "/sessions",
  email: "",
  json: Object.fromEntries(Array.from({ length: 6000 }, (_, index) => [`m${index}`, ""]))
}

/** Sends a byte of a header a second; answers after how many seconds it was cut. */
const secondsOfSlowClient = (port: number): Promise<number> =>
  new Promise((resolve) => {
    const begun = performance.now()
    const socket = connect(
      port,
      "127.0.0.1",
      () => void socket.write("GET /sessions/me HTTP/1.1\r\nhost: a\r\nx-slow: ")
    )
    const writing = setInterval(() => void socket.write("a"), 1000)
    socket.on("error", () => undefined).resume().on("close", () => {
      clearInterval(writing)
      resolve((performance.now() - begun) / 1000)
    })
  })

const SLOW_CLIENTS = 50

/** A request has ten seconds to arrive; what is late is looked for every few seconds. */
const CUT_SECONDS = 13

const crowded = Effect.fnUntraced(function*(world: World, server: Server) {
  const { plan } = yield* Trial
  const seconds = plan.full ? 20 : 6
  const { recorder } = world
  const session = yield* world.signedIn
  return yield* Effect.promise(async () => {
    await recorder.send(server.url, signUp("crowd", "192.0.2.1"))
    const ask = () => recorder.send(server.url, signIn("crowd", "192.0.2.1"))
    const check = () => recorder.send(server.url, checkOf("", session))
    const capacity = Math.max(1, are(await inLanes(4, 3, ask), 201).length / 3)
    const slow = Array.from({ length: SLOW_CLIENTS }, () => secondsOfSlowClient(Number(new URL(server.url).port)))
    const [checks, signIns] = await Promise.all([
      atRate(CHECKS_PER_SECOND, seconds, check),
      atRate(5 * capacity, seconds, ask),
      atRate(2, seconds, () => recorder.send(server.url, junk))
    ])
    const refused = are(signIns, 503)
    // How long something takes says little where others use the machine.
    const times: ReadonlyArray<Figure> = [
      most("p99 of checks beside them", percentile(checks, 0.99), 50, "ms"),
      most("p99 of refusals", percentile(refused, 0.99), 100, "ms"),
      most("longest wait of a sign-in that was judged", percentile(are(signIns, 201), 1) / 1000, 3, "s")
    ]
    return [
      least("sign-ins refused at 5 × the possible rate", refused.length, 1),
      ...plan.full ? times : [],
      none("refusals without Retry-After", refused.filter(({ hasRetryAfter }) => !hasRetryAfter)),
      none("checks not answered", checks.filter(({ status }) => status !== 200)),
      most("a slow client cut after", Math.max(...await Promise.all(slow)), CUT_SECONDS, "s"),
      most("memory", residentMegabytes(server.child.pid ?? 0), 300, "MB")
    ]
  })
})

const GREEDY = { accounts: 12, connectionsEach: 8, othersPerSecond: 4, seconds: 10 } as const

/** With limits, the sign-ins of others beside one network that signs in as fast as it is answered. */
const beside = async (recorder: Recorder, { url }: Server): Promise<ReadonlyArray<Figure>> => {
  const { seconds } = GREEDY
  const others = GREEDY.othersPerSecond * seconds
  for (let index = 0; index < GREEDY.accounts; index++) {
    await recorder.send(url, signUp(`greedy-${index}`, `10.1.${index}.1`))
  }
  for (let index = 0; index < others; index++) await recorder.send(url, signUp(`other-${index}`, `10.2.${index}.1`))
  const [answers, greedy] = await Promise.all([
    atRate(
      GREEDY.othersPerSecond,
      seconds,
      (index) => recorder.send(url, signIn(`other-${index}`, `10.2.${index}.1`))
    ),
    inLanes(
      GREEDY.accounts * GREEDY.connectionsEach,
      seconds,
      (lane) => recorder.send(url, signIn(`greedy-${lane % GREEDY.accounts}`, `203.0.113.${lane}`))
    )
  ])
  const inTime = are(answers, 201).filter((answer) => millisecondsOf(answer) <= 3000)
  const refused = are(greedy, 503)
  return [
    least("others who sign in within 3 s beside a greedy network", inTime.length / others * 100, 90, "%"),
    most("p99 of the greedy network's refusals", percentile(refused, 0.99), 100, "ms"),
    none("of them without Retry-After", refused.filter(({ hasRetryAfter }) => !hasRetryAfter))
  ]
}

const overload = Effect.gen(function*() {
  const { plan } = yield* Trial
  // One machine stands for many clients.
  const world = yield* makeWorld({
    variables: { IDENTITY_TRUSTED_PROXIES: "127.0.0.1", IDENTITY_CONNECTIONS_MAX: "4096" }
  })
  const server = yield* world.start()
  const figures = yield* crowded(world, server)
  world.forget(server)
  server.child.kill("SIGTERM")
  yield* Effect.orDie(server.ended)
  if (!plan.full) return figures
  const limited = yield* world.start({ IDENTITY_RATE_LIMITS: "on" })
  return [...figures, ...yield* Effect.promise(() => beside(world.recorder, limited))]
})

export const overloadFaults: ReadonlyArray<Fault> = [
  { id: "F13", title: "More sign-ins than can be judged, slow clients, large bodies", run: overload }
]
