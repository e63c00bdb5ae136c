/** The servers without a framework that ours is compared with. */
import { Effect } from "effect"
import { freePorts } from "../../e2e/IdentityProcess.ts"
import { installed } from "../machine/Peers.ts"
import { SIGNING_KEY } from "../machine/Population.ts"
import { startServer } from "../machine/ServerProcess.ts"

/** `prepared`: one prepared statement a request. `batched`: the look-ups of one turn share one, which is the limit. */
export type Baseline = "batched" | "prepared"

/** The protocol that a baseline speaks over TLS, and the files of its certificate. */
export interface Secure {
  readonly protocol: "h2" | "https"
  readonly cert: string
  readonly key: string
}

/** They are what everything is measured against, so not being able to install them is fatal. */
export const startBaseline = Effect.fnUntraced(function*(baseline: Baseline, database: string, secure?: Secure) {
  const folder = yield* Effect.orDie(installed("raw"))
  const [port] = yield* freePorts
  return yield* startServer({
    name: secure === undefined ? `raw ${baseline}` : `raw ${baseline}, ${secure.protocol}`,
    script: `${folder}/${baseline}.js`,
    variables: {
      PORT: String(port),
      DATABASE_URL: database,
      SIGNING_KEY,
      ...(secure && { PROTOCOL: secure.protocol, TLS_CERT: secure.cert, TLS_KEY: secure.key })
    },
    url: `${secure === undefined ? "http" : "https"}://127.0.0.1:${port}`
  })
})
