/**
 * The program. It loads no more than a command line needs; everything else is loaded when a command turns out to need
 * it.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import manifest from "../package.json" with { type: "json" }
import * as IdentityCli from "../src/adapters/cli/IdentityCli.ts"
import { CommandName } from "../src/adapters/cli/kit/CommandName.ts"
import { runMain } from "../src/platform/process/Signals.ts"
import * as Application from "./application.ts"
import { commandLog } from "./logging.ts"

/** Node runs TypeScript in a clone only, and there the command is the script at its root. */
const name = import.meta.url.endsWith(".ts") ? "./identity" : "identity"

IdentityCli.run(process.argv.slice(2), { version: manifest.version }).pipe(
  Effect.provideService(CommandName, name),
  Effect.provide([Application.layer, commandLog, NodeServices.layer]),
  runMain
)
