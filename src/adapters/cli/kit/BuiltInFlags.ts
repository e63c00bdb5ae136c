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

/** Its script knows the global flags, the shells, and where files are asked for. */
const completions = GlobalFlag.Action({
  flag: completionsFlag,
  run: (shell, { command }) =>
    Console.log(Option.match(shell, {
      onNone: () => "",
      onSome: (known) => Completions.generate(command.name, known, complete(Completions.fromCommand(command)))
    }))
})

export const builtIns = [GlobalFlag.Help, GlobalFlag.Version, completions] as const

/** Flags whose values are paths. They are read as texts, because a path may lead to a pipe or be absent yet. */
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
  // None of ours is turned off by another name.
  return { ...flag, negation: false, type }
}
