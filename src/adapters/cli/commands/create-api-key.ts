import { DateTime, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { ApiKeys } from "../../../domain/admin/ApiKeys.ts"
import { ApiKeyName, ApiKeyScope } from "../../../domain/model/ApiKey.ts"
import { WrittenNetwork } from "../../../domain/model/IpAddress.ts"
import { TimeSpan } from "../../../kernel/TimeSpan.ts"
import { describeIssued } from "../kit/ApiKeyOutput.ts"
import { choiceFlag, optionalFlag, valueFlag } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { printNote, printResult } from "../kit/Output.ts"

export const createApiKey = Command.make("create-api-key", {
  name: valueFlag("name", "NAME", "What the key is for", ApiKeyName),
  scopes: choiceFlag("scope", ApiKeyScope.literals, "SCOPE", "What it may do; again for each further scope").pipe(
    Flag.atLeast(1)
  ),
  expires: optionalFlag(
    "expires",
    "DURATION",
    "How long it is good, such as 90d (default), at most IDENTITY_API_KEY_MAX_LIFETIME",
    TimeSpan({ min: "1 minute", max: "3650 days" })
  ),
  networks: valueFlag(
    "network",
    "CIDR",
    "Only good from this address or network; again for each further one",
    WrittenNetwork
  ).pipe(Flag.atLeast(0))
}).pipe(
  Command.withDescription(
    "Makes a key by which a program uses the admin API, and prints it. It is shown only this once: the database has " +
      "nothing but its digest. Programs send it as `Authorization: Bearer <key>`."
  ),
  Command.withShortDescription("Makes an API key for a program"),
  Command.withExamples([
    { command: "identity create-api-key --name Billing --scope accounts:read --expires 90d" },
    {
      command: "identity create-api-key --name Support --scope accounts:read --scope sessions:revoke " +
        "--network 192.0.2.0/24 --quiet > key",
      description: "Prints nothing but the key"
    }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ expires, name, networks, scopes }) {
    const keys = yield* ApiKeys
    const now = yield* DateTime.now
    const expiresAt = Option.map(expires, (lifetime) => DateTime.addDuration(now, lifetime))
    const issued = yield* keys.create({
      name,
      scopes,
      allowedNetworks: networks,
      expiresAt: Option.getOrUndefined(expiresAt)
    })
    yield* printResult(describeIssued(issued))
    yield* printNote("Keep the key now: it is not shown again.")
  })),
  Command.provide(services)
)
