/** Our server as it ships: logs, metrics and security headers on, traces off. */
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { freePorts } from "../../e2e/IdentityProcess.ts"
import { SIGNING_KEY } from "../machine/Population.ts"
import { startServer } from "../machine/ServerProcess.ts"
import type { Variables } from "../machine/ServerProcess.ts"

const executable = fileURLToPath(new URL("../../../bin/identity.ts", import.meta.url))

/** On a database by URL. */
export const startIdentity = Effect.fnUntraced(
  function*(options: { readonly database: string; readonly name?: string; readonly variables?: Variables }) {
    const { database, name = "identity", variables = {} } = options
    const [port, managementPort] = yield* freePorts
    return yield* startServer({
      name,
      script: executable,
      words: ["serve"],
      variables: {
        IDENTITY_DATABASE_URL: database,
        IDENTITY_SIGNING_KEYS: SIGNING_KEY,
        IDENTITY_PORT: String(port),
        IDENTITY_MANAGEMENT_PORT: String(managementPort),
        ...variables
      },
      url: `http://127.0.0.1:${port}`,
      readyUrl: `http://127.0.0.1:${managementPort}/readyz`
    })
  }
)

/** Runs a command to its end; answers what it printed. */
export const runIdentity = (words: ReadonlyArray<string>, variables: Variables): Effect.Effect<string> =>
  Effect.promise(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [executable, ...words], {
      env: { PATH: process.env["PATH"], IDENTITY_SIGNING_KEYS: SIGNING_KEY, ...variables }
    })
    return stdout
  })
