import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import { CliOutput, Command } from "effect/cli"
import { describe } from "../../../src/adapters/cli/kit/Failure.ts"

/** Parses `args` like a command with these flags and arguments, or fails like one. No command runs. */
export const parseArguments = Effect.fnUntraced(
  function*<const Config extends Command.Command.Config>(config: Config, args: ReadonlyArray<string>) {
    const parsed: Array<Command.Command.Config.Infer<Config>> = []
    const command = Command.make("identity", config, (values) => Effect.sync(() => parsed.push(values)))
    yield* Command.runWith(command, { version: "1.2.3" })(args)
    return parsed[0] ?? (yield* Effect.die("it printed its help"))
  },
  Effect.mapError(describe),
  Effect.provideService(CliOutput.Presenter, { present: () => Effect.void }),
  Effect.provide(NodeServices.layer)
)
