/** The flags that print something and do nothing else: `--help`, `--version` and `--completions`. */
import { Console, Option } from "effect"
import { Command, Completions, Flag, GlobalFlag } from "effect/cli"
import { globalFlags } from "./GlobalFlags.ts"

const completionsFlag = Flag.ChoiceWithValue("completions", [
  ["bash", "bash"],
  ["zsh", "zsh"],
  ["fish", "fish"],
  ["powershell", "powershell"],
  ["sh", "bash"],
  ["pwsh", "powershell"]
]).pipe(
  Flag.optional,
  Flag.withMetavar("SHELL"),
  Flag.withDescription("Print a script that completes commands in a shell")
)

/** The script also completes global flags, names of shells, and paths. */
const completions = GlobalFlag.Action({
  flag: completionsFlag,
  run: (shell, { command }) =>
    Console.log(Option.match(shell, {
      onNone: () => "",
      onSome: (known) => Completions.generate(command.name, known, complete(Completions.fromCommand(command)))
    }))
})

export const builtIns = [GlobalFlag.Help, GlobalFlag.Version, completions] as const

/** Flags whose values are paths. They are declared as strings, because a path may be a pipe or not exist yet. */
const PATHS: Readonly<Record<string, "file" | "directory">> = {
  "checkpoint": "file",
  "data-dir": "directory",
  "password-file": "file",
  "since-checkpoint": "file"
}

const everywhere = Completions.fromCommand(Command.make("identity", {
  builtIns: builtIns.map(({ flag }) => flag),
  globals: globalFlags.map(({ flag }) => flag)
})).flags

const complete = (command: Completions.CommandDescriptor): Completions.CommandDescriptor => ({
  ...command,
  flags: [...command.flags, ...everywhere].map(completeFlag),
  subcommands: command.subcommands.map(complete)
})

const completeFlag = (flag: Completions.FlagDescriptor): Completions.FlagDescriptor => {
  const pathType = PATHS[flag.name]
  const type = pathType === undefined ? flag.type : { _tag: "Path" as const, pathType }
  // Our flags have no negations.
  return { ...flag, negation: false, type }
}
