/** H2: what checking a session costs over TLS and over HTTP/2, beside what it costs without a framework. */
import { Effect } from "effect"
import { writeFile } from "node:fs/promises"
import { selfSignedCertificate } from "../../support/self-signed-certificate.ts"
import { startBaseline } from "../contenders/Baselines.ts"
import { startIdentity } from "../contenders/Identity.ts"
import { hasHttp2Generator } from "../machine/Load.ts"
import type { ServerProcess } from "../machine/ServerProcess.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import { atLeast, NotMeasured } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"

const CONNECTIONS = 64

/** As many requests at once, on fewer connections. */
const MULTIPLEXED = { connections: 8, streams: 8 }

const writeCertificate = Effect.gen(function*() {
  const { directory } = yield* Bench
  const files = { cert: `${directory}/certificate.pem`, key: `${directory}/key.pem` }
  const { cert, key } = selfSignedCertificate()
  yield* Effect.promise(() => Promise.all([writeFile(files.cert, cert), writeFile(files.key, key)]))
  return files
})

export const secureChecks = Effect.gen(function*() {
  if (!hasHttp2Generator()) {
    return yield* new NotMeasured({ message: "h2load is not installed (nghttp2-client)", broken: false })
  }
  const { plan, ...bench } = yield* Bench
  const { checks: requests, url } = yield* bench.database(USUAL)
  const files = yield* writeCertificate
  const variables = { IDENTITY_TLS_CERT: files.cert, IDENTITY_TLS_KEY: files.key }
  const ours = yield* startIdentity({ database: url, name: "identity over TLS", variables })
  const https = yield* startBaseline("batched", url, { protocol: "https", ...files })
  const h2 = yield* startBaseline("batched", url, { protocol: "h2", ...files })
  const overTls = (server: ServerProcess, seconds: number = plan.seconds) =>
    measure(server, { requests, connections: CONNECTIONS, seconds })
  const multiplexed = (server: ServerProcess, seconds: number = plan.seconds) =>
    measure(server, { requests, ...MULTIPLEXED, seconds })
  for (const server of [ours, https]) yield* overTls(server, plan.warmUpSeconds)
  for (const server of [ours, h2]) yield* multiplexed(server, plan.warmUpSeconds)
  const rounds = yield* inRounds(
    plan.rounds,
    Effect.all({ tls: overTls(ours), https: overTls(https), streams: multiplexed(ours), h2: multiplexed(h2) })
  )
  type Contender = keyof (typeof rounds)[number]
  const row = (name: string, contender: Contender) => [
    name,
    medianOf(rounds, (round) => round[contender].perSecond),
    medianOf(rounds, (round) => round[contender].cpuMicros)
  ]
  const verdict = (place: string, own: Contender, limit: Contender, whyMissed: string) =>
    atLeast({
      goal: "H2",
      sentence: `Checks a second ${place}, of the batched limit's`,
      figure: medianOf(rounds, (round) => round[own].perSecond / round[limit].perSecond),
      bound: 1.1,
      whyMissed
    })
  const findings: Findings = {
    title: "Session checks over TLS",
    columns: ["", "checks/s", "CPU µs each"],
    rows: [
      row("identity, HTTP/1.1", "tls"),
      row("`node:https` + `pg`, batched by hand", "https"),
      row("identity, HTTP/2", "streams"),
      row("`node:http2` + `pg`, batched by hand", "h2")
    ],
    verdicts: [
      verdict("over TLS", "tls", "https", "both encrypt; beside that, the same as without TLS stands between them"),
      verdict("over HTTP/2", "streams", "h2", "Node's own HTTP/2 is most of either; ours adds what it does without TLS")
    ],
    notes: [
      "Connections stay open: 64 with HTTP/1.1, 8 of 8 streams each with HTTP/2. With HTTP/2, all checks are of one " +
      "session, because the load generator `h2load` sends one request."
    ]
  }
  return findings
}).pipe(Effect.scoped)
