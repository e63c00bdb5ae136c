/**
 * What overload does to a real server on its embedded database. By hand: `node test/bench/overload.ts`.
 *
 * First session checks at a steady rate, alone and beside five times the sign-ins the server can judge: these are sent
 * at a fixed rate whether or not earlier ones were answered, as a crowd does. Then, with limits on, the sign-ins of
 * others beside one network that signs in with right passwords as fast as it is answered, over a hundred connections.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect } from "effect"
import { readFile } from "node:fs/promises"
import { Agent, request } from "node:http"
import type { OutgoingHttpHeaders } from "node:http"
import { emptyDirectory, serve, untilReadiness } from "../e2e/IdentityProcess.ts"
import type { Server } from "../e2e/IdentityProcess.ts"

const CHECKS_PER_SECOND = 200
const SECONDS = 10
const WATCHED = { email: "ada@example.com", password: "a well kept secret", display_name: "Ada" }
/** Another account: so many sign-ins would displace the session whose checks are timed. */
const CROWD = { ...WATCHED, email: "crowd@example.com" }

interface Reply {
  readonly status: number
  readonly milliseconds: number
  readonly retryAfter: string | undefined
  readonly text: string
}

const agent = new Agent({ keepAlive: true, maxSockets: 2048 })

const send = (url: string, method: string, headers: OutgoingHttpHeaders, body?: unknown): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const begun = performance.now()
    const sent = request(url, { method, agent, headers }, (answer) => {
      let text = ""
      answer.setEncoding("utf8").on("data", (chunk: string) => text += chunk).on("end", () =>
        resolve({
          status: answer.statusCode ?? 0,
          milliseconds: performance.now() - begun,
          retryAfter: answer.headers["retry-after"],
          text
        }))
    }).on("error", reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })

const JSON_BODY = { "content-type": "application/json" }

/** Sends at a fixed rate for a while; answers every reply. */
const atRate = async (
  perSecond: number,
  seconds: number,
  once: () => Promise<Reply>
): Promise<ReadonlyArray<Reply>> => {
  const replies: Array<Promise<Reply>> = []
  const begun = performance.now()
  while (replies.length < perSecond * seconds) {
    const due = Math.min(perSecond * seconds, Math.floor((performance.now() - begun) / 1000 * perSecond))
    while (replies.length < due) replies.push(once())
    await new Promise((resume) => setTimeout(resume, 2))
  }
  return Promise.all(replies)
}

const percentile = (replies: ReadonlyArray<Reply>, share: number): string => {
  const sorted = replies.map(({ milliseconds }) => milliseconds).toSorted((self, that) => self - that)
  return (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1)
}

const describe = (name: string, replies: ReadonlyArray<Reply>): string =>
  `${name}: ${replies.length}, p50 ${percentile(replies, 0.5)} ms, p99 ${percentile(replies, 0.99)} ms, ` +
  `longest ${Math.max(0, ...replies.map(({ milliseconds }) => milliseconds)).toFixed(1)} ms`

const refusalsOf = (replies: ReadonlyArray<Reply>) => replies.filter(({ status }) => status === 503)

const withoutRetryAfter = (replies: ReadonlyArray<Reply>): number =>
  replies.filter(({ retryAfter }) => retryAfter === undefined).length

const residentMegabytes = async (server: Server): Promise<string> => {
  const status = await readFile(`/proc/${server.child.pid}/status`, "utf8")
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024).toFixed(0)
}

const measure = async (server: Server): Promise<ReadonlyArray<string>> => {
  for (const person of [WATCHED, CROWD]) await send(`${server.url}/accounts`, "POST", JSON_BODY, person)
  const signInAs = ({ email, password }: typeof WATCHED) =>
    send(`${server.url}/sessions`, "POST", JSON_BODY, { email, password })
  const signIn = () => signInAs(CROWD)
  const token = /"token":"([^"]+)"/.exec((await signInAs(WATCHED)).text)?.[1] ?? ""
  const check = () => send(`${server.url}/sessions/me`, "GET", { authorization: `Bearer ${token}` })

  let judged = 0
  const until = performance.now() + 3000
  await Promise.all(Array.from({ length: 4 }, async () => {
    while (performance.now() < until) {
      await signIn()
      judged += 1
    }
  }))
  const capacity = Math.round(judged / 3)
  const alone = await atRate(CHECKS_PER_SECOND, SECONDS, check)
  const [checks, signIns] = await Promise.all([
    atRate(CHECKS_PER_SECOND, SECONDS, check),
    atRate(capacity * 5, SECONDS, signIn)
  ])
  const refused = refusalsOf(signIns)
  const others = [...alone, ...checks].filter(({ status }) => status !== 200)
  return [
    `sign-ins it can judge: ${capacity}/s`,
    describe("checks alone", alone),
    describe("checks beside 5 × the sign-ins", checks),
    describe("sign-ins that were judged", signIns.filter(({ status }) => status === 201)),
    describe("sign-ins that were refused with 503", refused),
    `refusals without Retry-After: ${withoutRetryAfter(refused)}`,
    `checks not answered 200: ${others.length}`,
    `resident memory afterwards: ${await residentMegabytes(server)} MB`
  ]
}

const GREEDY_ACCOUNTS = 12
const CONNECTIONS_PER_ACCOUNT = 8
const OTHERS_PER_SECOND = 4

/** A request as the proxy in front of the server hands it on. */
const from = (address: string) => ({ ...JSON_BODY, "x-forwarded-for": address })

const measureShares = async (server: Server): Promise<ReadonlyArray<string>> => {
  const signUp = (name: string, address: string) =>
    send(`${server.url}/accounts`, "POST", from(address), { ...WATCHED, email: `${name}@example.com` })
  const signIn = (name: string, address: string) =>
    send(`${server.url}/sessions`, "POST", from(address), {
      email: `${name}@example.com`,
      password: WATCHED.password
    })
  const others = Array.from({ length: OTHERS_PER_SECOND * SECONDS }, (_, index) => index)
  for (let index = 0; index < GREEDY_ACCOUNTS; index++) await signUp(`greedy-${index}`, `10.1.${index}.1`)
  for (const index of others) await signUp(`other-${index}`, `10.2.${index}.1`)

  const greedy: Array<Reply> = []
  const until = performance.now() + SECONDS * 1000
  let next = 0
  const [answers] = await Promise.all([
    atRate(OTHERS_PER_SECOND, SECONDS, () => {
      const index = next++
      return signIn(`other-${index}`, `10.2.${index}.1`)
    }),
    ...Array.from({ length: GREEDY_ACCOUNTS * CONNECTIONS_PER_ACCOUNT }, async (_, index) => {
      while (performance.now() < until) {
        greedy.push(await signIn(`greedy-${index % GREEDY_ACCOUNTS}`, `203.0.113.${index}`))
      }
    })
  ])
  const inTime = answers.filter(({ milliseconds, status }) => status === 201 && milliseconds <= 3000)
  const refused = refusalsOf([...answers, ...greedy])
  return [
    `beside one greedy network, others signed in within 3 s: ${inTime.length} of ${answers.length}`,
    describe("others' sign-ins", answers),
    describe("the greedy network's sign-ins that were judged", greedy.filter(({ status }) => status === 201)),
    describe("refused with 503", refused),
    `refusals without Retry-After: ${withoutRetryAfter(refused)}`
  ]
}

const withServer = <A>(variables: Readonly<Record<string, string>>, use: (server: Server) => Promise<A>) =>
  Effect.gen(function*() {
    const server = yield* serve({
      IDENTITY_DATA_DIR: yield* emptyDirectory,
      // One machine stands for many clients.
      IDENTITY_TRUSTED_PROXIES: "127.0.0.1",
      IDENTITY_CONNECTIONS_MAX: "4096",
      ...variables
    })
    yield* untilReadiness(server, 200)
    return yield* Effect.promise(() => use(server))
  }).pipe(Effect.scoped)

const program = Effect.gen(function*() {
  const overloaded = yield* withServer({ IDENTITY_RATE_LIMITS: "off" }, measure)
  const shared = yield* withServer({}, measureShares)
  yield* Console.log([...overloaded, ...shared].join("\n"))
}).pipe(Effect.provide(NodeServices.layer))

await Effect.runPromise(program)
