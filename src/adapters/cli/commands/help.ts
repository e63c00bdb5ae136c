import { Option } from "effect"
import type { Effect } from "effect"
import { Argument, Command } from "effect/cli"

/** The command `help`. `show` prints the help of the named command. */
export const helpOn = <E, R>(
  names: ReadonlyArray<string>,
  show: (path: ReadonlyArray<string>) => Effect.Effect<void, E, R>
) =>
  Command.make("help", {
    command: Argument.Literals("command", names).pipe(
      Argument.withDescription("The command to explain"),
      Argument.optional
    )
  }).pipe(
    Command.withDescription("Explains a command, as its --help does. Without a command, lists all of them."),
    Command.withShortDescription("Explains a command"),
    Command.withExamples([{ command: "identity help revoke-sessions" }]),
    Command.withHandler(({ command }) => show(Option.toArray(command)))
  )
