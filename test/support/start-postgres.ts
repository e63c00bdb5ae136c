/**
 * Starts the Postgres server of the test run, once for all suites, and migrates the template that `TestPostgres` copies
 * for each of them. `IDENTITY_TEST_DATABASE_URL` selects another server, whose role may create databases. Meanwhile the
 * executable is bundled.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { Config, Effect, Exit, Layer, Option, Redacted, References, Scope } from "effect"
import { join } from "node:path"
import type { TestProject } from "vitest/node"
import * as EmbeddedPostgres from "../../src/platform/embedded/EmbeddedPostgres.ts"
import { bundled } from "./bundled.ts"
import { dataDirectoryWith, pristineCluster } from "./pristine-cluster.ts"
import { prepareTemplate } from "./template-database.ts"
import * as TestPostgres from "./TestPostgres.ts"

const embeddedServer = Effect.fnUntraced(
  function*(cluster: string | undefined) {
    const dataDir = yield* dataDirectoryWith(cluster, "identity-test-")
    return yield* EmbeddedPostgres.acquire({ dataDir })
  },
  Effect.catchTag(
    "EmbeddedPostgresUnsupported",
    ({ platform, reason }) =>
      Effect.die(`No embedded Postgres on ${platform} (${reason}): set IDENTITY_TEST_DATABASE_URL to run the tests.`)
  )
)

const startServer = Effect.gen(function*() {
  const url = yield* Config.option(Config.Redacted("IDENTITY_TEST_DATABASE_URL"))
  const cluster = yield* Effect.catchTag(pristineCluster, "EmbeddedPostgresUnsupported", () => Effect.undefined)
  const connection = Option.isSome(url) ? { url: Redacted.value(url.value) } : yield* embeddedServer(cluster)
  const template = yield* TestPostgres.createDatabase({ connection })
  yield* prepareTemplate(TestPostgres.clientConfig(connection, template))
  return { cluster, server: { connection, template } }
})

const prepare = Effect.all([startServer, bundled], { concurrency: 2 }).pipe(
  Effect.provideService(References.MinimumLogLevel, "Warn"),
  Effect.provide(Layer.merge(NodeFileSystem.layer, NodePath.layer))
)

export const setup = async (project: TestProject) => {
  const scope = Scope.makeUnsafe()
  const [{ cluster, server }, scripts] = await Effect.runPromise(Scope.provide(prepare, scope))
  project.provide("testPostgres", server)
  project.provide("pristineCluster", cluster)
  project.provide("executable", join(scripts, "identity.js"))
  return () => Effect.runPromise(Scope.close(scope, Exit.void))
}
