/** Databases as roles see them that may not do everything. */
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import { requiredFunctions, requiredRights } from "../../../src/adapters/postgres/upkeep/DatabaseRequirements.ts"
import * as TestPostgres from "../../support/TestPostgres.ts"
import { execute } from "./TestClient.ts"

/** A migrated database to which everybody is connected in a role that may do what the grants say. */
export const databaseAs = Effect.fnUntraced(function*(grants: (role: string) => ReadonlyArray<string>) {
  const other = yield* TestPostgres.emptyDatabase
  const role = `identity_test_${randomUUID().replaceAll("-", "")}`
  yield* Effect.acquireRelease(
    execute(other, `CREATE ROLE ${role}`),
    () => Effect.orDie(execute(other, `DROP ROLE ${role}`))
  )
  // Dropped before the role is, and with it what the role was granted.
  const target = yield* TestPostgres.freshDatabase
  for (const grant of grants(role)) yield* execute(target, grant)
  yield* execute(target, `ALTER DATABASE ${target.database} SET role = '${role}'`)
  return { role, target }
})

/** What a role needs. */
export const everyRight = (role: string) => [
  ...Object.entries(requiredRights).map(([table, rights]) => `GRANT ${rights.join(", ")} ON ${table} TO ${role}`),
  ...requiredFunctions.map((name) => `GRANT EXECUTE ON FUNCTION ${name} TO ${role}`)
]
