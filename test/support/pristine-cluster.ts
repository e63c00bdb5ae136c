/**
 * A Postgres cluster as `initdb` leaves it, made once in a test run. A copy of it takes milliseconds, where making one
 * takes a second and has to wait for the disk.
 */
import { Context, Effect } from "effect"
import { execFileSync } from "node:child_process"
import { inject } from "vitest"
import * as DataDirectory from "../../src/platform/embedded/DataDirectory.ts"
import * as PostgresBinaries from "../../src/platform/embedded/PostgresBinaries.ts"
import * as PostgresCluster from "../../src/platform/embedded/PostgresCluster.ts"
import * as ServerUser from "../../src/platform/embedded/ServerUser.ts"
import { databaseParent, temporaryDirectory } from "./temporary-directory.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** Its path, unless this machine has no embedded Postgres. */
    readonly pristineCluster: string | undefined
  }
}

/** Makes it and returns its path. */
export const pristineCluster = Effect.gen(function*() {
  const directory = yield* DataDirectory.open(yield* temporaryDirectory("identity-test-", databaseParent))
  const user = yield* ServerUser.find(directory)
  const binaries = yield* PostgresBinaries.install(directory, user)
  yield* PostgresCluster.ensure(directory, binaries, user)
  return directory.cluster
})

/** A data directory with a copy of it, or an empty one if there is none. It is removed with its scope. */
export const dataDirectoryWith = Effect.fnUntraced(function*(
  cluster: string | undefined,
  prefix: string,
  parent = databaseParent
) {
  const directory = yield* temporaryDirectory(prefix, parent)
  if (cluster !== undefined) execFileSync("cp", ["-pR", cluster, `${directory}/cluster`])
  return directory
})

/** The path of the one to copy; in tests that of the test run. */
export const PristineCluster = Context.Reference<string | undefined>("identityd/test/support/PristineCluster", {
  defaultValue: () => inject("pristineCluster")
})

/** The same with that one. */
export const dataDirectory = (prefix: string, parent?: string) =>
  Effect.flatMap(PristineCluster, (cluster) => dataDirectoryWith(cluster, prefix, parent))
