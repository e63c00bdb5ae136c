/** The servers without a framework that ours is compared with. */
import { Effect } from "effect"
import { freePorts } from "../../e2e/IdentityProcess.ts"
import { installed } from "../machine/Peers.ts"
import { SIGNING_KEY } from "../machine/Population.ts"
import { startServer } from "../machine/ServerProcess.ts"

/** `prepared`: one prepared statement a request. `batched`: the look-ups of one turn share one, which is the limit. */
export type Baseline = "batched" | "prepared"

/** They are what everything is measured against, so not being able to install them is fatal. */
export const startBaseline = Effect.fnUntraced(function*(baseline: Baseline, database: string) {
  const folder = yield* Effect.orDie(installed("raw"))
  const [port] = yield* freePorts
  return yield* startServer({
    name: `raw ${baseline}`,
    script: `${folder}/${baseline}.js`,
    variables: { PORT: String(port), DATABASE_URL: database, SIGNING_KEY },
    url: `http://127.0.0.1:${port}`
  })
})
