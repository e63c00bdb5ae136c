/**
 * What overload does to a real server on its embedded database: session checks at a steady rate, alone and beside five
 * times the sign-ins it can judge. By hand: `node test/bench/overload.ts`.
 *
 * Sign-ins are sent at a fixed rate whether or not earlier ones were answered, as a crowd does.
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
  `${name}: ${replies.length}, p50 ${percentile(replies, 0.5)} ms, p99 ${percentile(replies, 0.99)} ms`

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
  const refused = signIns.filter(({ status }) => status === 503)
  const others = [...alone, ...checks].filter(({ status }) => status !== 200)
  return [
    `sign-ins it can judge: ${capacity}/s`,
    describe("checks alone", alone),
    describe("checks beside 5 × the sign-ins", checks),
    describe("sign-ins that were judged", signIns.filter(({ status }) => status === 201)),
    describe("sign-ins that were refused with 503", refused),
    `refusals without Retry-After: ${refused.filter(({ retryAfter }) => retryAfter === undefined).length}`,
    `checks not answered 200: ${others.length}`,
    `resident memory afterwards: ${await residentMegabytes(server)} MB`
  ]
}

const program = Effect.gen(function*() {
  const dataDir = yield* emptyDirectory
  const server = yield* serve({ IDENTITY_DATA_DIR: dataDir, IDENTITY_RATE_LIMITS: "off" })
  yield* untilReadiness(server, 200)
  const lines = yield* Effect.promise(() => measure(server))
  yield* Console.log(lines.join("\n"))
}).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

await Effect.runPromise(program)
