/** How commands print second factors. */
import type { Factor } from "../../../domain/model/Factor.ts"
import { factorMembers } from "../../../resources/FactorResource.ts"
import type { CommandResult } from "./Output.ts"
import { table } from "./Table.ts"

export const describeFactors = (factors: ReadonlyArray<Factor>): CommandResult => ({
  json: { factors: factors.map(factorMembers) },
  text: table(
    ["ID", "TYPE", "NAME", "CONFIRMED", "CREATED", "LAST USED"],
    factors.map((factor) => [
      factor.id,
      factor.type,
      factor.name,
      factor.confirmedAt === undefined ? "no" : "yes",
      factor.createdAt,
      factor.lastUsedAt ?? "never"
    ]),
    {
      whole: ["ID", "TYPE", "CONFIRMED", "CREATED", "LAST USED"],
      prior: ["NAME"],
      spare: ["CREATED", "LAST USED", "CONFIRMED", "NAME"]
    }
  ),
  quiet: factors.map(({ id }) => id).join("\n")
})
