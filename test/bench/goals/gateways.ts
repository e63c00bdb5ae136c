/** No goal: what is left of nginx's requests when it asks about each, by who is asked. */
import { Effect } from "effect"
import { readFile, writeFile } from "node:fs/promises"
import { startIdentity } from "../contenders/Identity.ts"
import { startNginx } from "../contenders/Nginx.ts"
import { BETTER_AUTH, FASTIFY, startPeer } from "../contenders/PeerServers.ts"
import type { ServerProcess } from "../machine/ServerProcess.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import type { Findings } from "../suite/Verdict.ts"

const CONNECTIONS = 64

/** nginx, asking somebody, and visitors that they know. */
interface Asking {
  readonly nginx: ServerProcess
  readonly requests: string
}

const startIdentityForNginx = Effect.gen(function*() {
  const { checks, url } = yield* (yield* Bench).database(USUAL)
  return {
    checks,
    server: yield* startIdentity({ database: url, variables: { IDENTITY_TRUSTED_PROXIES: "127.0.0.1" } })
  }
})

/** Puts nginx in front of a server that checks sessions at `path`. The visitors ask for the application's own page. */
const behindNginx = Effect.fnUntraced(function*(
  name: string,
  path: string,
  { checks, server }: { readonly checks: string; readonly server: ServerProcess }
) {
  const { directory } = yield* Bench
  const requests = `${directory}/visits-${server.pid}`
  yield* Effect.promise(async () =>
    writeFile(requests, (await readFile(checks, "utf8")).replaceAll(/^GET\t[^\t]*\t/gm, "GET\t/\t"))
  )
  const asking: Asking = { nginx: yield* startNginx(name, `${server.url}${path}`), requests }
  return asking
})

export const gateways = Effect.gen(function*() {
  const { plan } = yield* Bench
  const identity = yield* startIdentityForNginx
  const asked = yield* behindNginx("asking identity", "/authorize", identity)
  const contenders: ReadonlyArray<Asking> = [
    { nginx: yield* startNginx("asking nobody", undefined), requests: asked.requests },
    asked,
    yield* behindNginx("asking a lean Fastify server", "/sessions/me", yield* startPeer(FASTIFY)),
    yield* behindNginx("asking Better Auth", "/api/auth/get-session", yield* startPeer(BETTER_AUTH))
  ]
  const one = ({ nginx, requests }: Asking, seconds: number) =>
    measure(nginx, { requests, connections: CONNECTIONS, seconds })
  for (const contender of contenders) yield* one(contender, plan.warmUpSeconds)
  const seconds = Math.ceil(plan.seconds / 2)
  const rounds = yield* inRounds(plan.rounds, Effect.forEach(contenders, (contender) => one(contender, seconds)))
  const findings: Findings = {
    title: "Requests through nginx",
    columns: ["", "requests/s", "of those that nobody is asked about", "p99 ms"],
    rows: contenders.map(({ nginx }, index) => {
      const perSecond = (round: (typeof rounds)[number], place: number) => round[place]?.perSecond ?? NaN
      return [
        nginx.name,
        medianOf(rounds, (round) => perSecond(round, index)),
        medianOf(rounds, (round) => perSecond(round, index) / perSecond(round, 0)),
        medianOf(rounds, (round) => round[index]?.p99Ms ?? NaN)
      ]
    }),
    verdicts: [],
    notes: [
      "One process of nginx with `deploy/gateways/nginx.conf`, without TLS, in front of an application that does nothing; " +
      "100,000 sessions, 64 connections. Better Auth answers 200 without a session, too, so nginx would let everybody in."
    ]
  }
  return findings
}).pipe(Effect.scoped)
