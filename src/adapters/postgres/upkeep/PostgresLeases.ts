/**
 * Leases on Postgres: one row each, taken by a conditional insert.
 */
import { DateTime } from "effect"
import { Leases } from "../../../ports/Leases.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { changingOne, executing, statement } from "../statement.ts"

export const make = ({ run }: PostgresClient["Service"]): Leases["Service"] =>
  Leases.of({
    acquire: (input) => run("Leases.acquire", changingOne(acquire, input)),

    release: (input) => run("Leases.release", executing(release, input))
  })

type Input<Operation extends keyof Leases["Service"]> = Parameters<Leases["Service"][Operation]>[0]

const acquire = statement<Input<"acquire">>(($) => {
  const holder = $((input) => input.holder)
  const until = $((input) => DateTime.toDateUtc(input.until))
  return `
  INSERT INTO leases AS known (name, holder, held_until) VALUES (${$(({ name }) => name)}, ${holder}, ${until})
  ON CONFLICT (name) DO UPDATE SET holder = ${holder}, held_until = ${until}
  WHERE known.holder = ${holder} OR known.held_until <= ${$(({ now }) => DateTime.toDateUtc(now))}`
})

const release = statement<Input<"release">>(($) => `
  DELETE FROM leases WHERE name = ${$(({ name }) => name)} AND holder = ${$(({ holder }) => holder)}`)
