/** What the cases share: the plan, the database server, and databases that are filled once. */
import { Context, Effect } from "effect"
import { runIdentity } from "../contenders/Identity.ts"
import type { LoadGenerator } from "../machine/Load.ts"
import { populate, writeChecks, writeSignIns } from "../machine/Population.ts"
import type { Population } from "../machine/Population.ts"
import { execute, MAINTENANCE } from "../machine/Postgres.ts"
import type { Postgres } from "../machine/Postgres.ts"
import type { Plan } from "./Plan.ts"
import { progress } from "./Progress.ts"

export class Bench extends Context.Service<Bench, {
  readonly plan: Plan
  readonly load: LoadGenerator
  readonly postgres: Postgres
  /** A directory for files of requests. */
  readonly directory: string
  /** A database that is migrated and filled when it is first asked for. */
  readonly database: (population: Population) => Effect.Effect<Population & Filled>
}>()("identityd/test/bench/Bench") {}

/** A filled database and requests that fit it. */
export interface Filled {
  readonly url: string
  readonly checks: string
  readonly signIns: string
}

/** What most cases run on. */
export const USUAL: Population = { accounts: 10_000, sessions: 100_000 }

export const makeBench = (
  { directory, load, plan, postgres }: Pick<Bench["Service"], "directory" | "load" | "plan" | "postgres">
): Bench["Service"] => {
  const filled = new Map<string, Population & Filled>()
  return Bench.of({
    plan,
    load,
    postgres,
    directory,
    database: Effect.fnUntraced(function*(population) {
      const name = `bench_${population.accounts}_${population.sessions}`
      const known = filled.get(name)
      if (known !== undefined) return known
      progress(`filling a database with ${population.sessions.toLocaleString("en")} sessions`)
      yield* execute(postgres.url(MAINTENANCE), `CREATE DATABASE ${name}`)
      const database = {
        ...population,
        url: postgres.url(name),
        checks: `${directory}/${name}-checks`,
        signIns: `${directory}/${name}-sign-ins`
      }
      yield* runIdentity(["migrate"], { IDENTITY_DATABASE_URL: database.url })
      yield* populate(database.url, population)
      yield* writeChecks(database.checks, population.sessions)
      yield* writeSignIns(database.signIns, population.accounts)
      filled.set(name, database)
      return database
    })
  })
}
