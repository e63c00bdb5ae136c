/**
 * Runs a command line, prints its result or failure, and sets the exit code.
 *
 * Only results go to stdout, so it can be piped. Exit codes are those of `Failure.ts`, and 130 after an interrupt.
 * Questions are asked only at a terminal.
 */
import { Cause, Console, Effect, Option, Runtime, Schema, Terminal } from "effect"
import { CliConfig, CliOutput, Command, TerminalCapabilities } from "effect/cli"
import type { HelpDoc } from "effect/cli"
import { CommandName, typeable } from "../../kernel/CommandName.ts"
import type { CommandFailed } from "../../platform/process/CommandFailed.ts"
import { identity } from "./Commands.ts"
import { builtIns } from "./kit/BuiltInFlags.ts"
import { describe, unexpected } from "./kit/Failure.ts"
import { harmlessJson } from "./kit/HarmlessText.ts"
import { helpText } from "./kit/HelpText.ts"
import { columnsOf } from "./kit/Lines.ts"
import { printOnStderr } from "./kit/Output.ts"
import * as TerminalPrompts from "./kit/TerminalPrompts.ts"

/** A command failed, and its reason has been printed. */
class Exited extends Schema.TaggedError<Exited>()("Exited", { exitCode: Schema.Int }) {
  override readonly [Runtime.errorExitCode] = this.exitCode
  override readonly [Runtime.errorReported] = false
}

/** Runs the command in `args`. Fails with `Exited` once the reason is on stderr. */
export const run = (args: ReadonlyArray<string>, options: { readonly version: string }) => {
  const json = args.includes("--json")
  return Command.runWith(identity, options)(args).pipe(
    Effect.catchCause(Effect.fnUntraced(function*(cause) {
      if (Cause.hasInterruptsOnly(cause)) return yield* Effect.interrupt
      const error = Cause.findErrorOption(cause)
      if (Option.isNone(error)) yield* Effect.logDebug("The command failed unexpectedly", cause)
      const failure = Option.match(error, { onNone: () => unexpected, onSome: describe })
      const message = typeable(failure.message, yield* CommandName)
      yield* json ? Console.error(jsonError({ ...failure, message })) : printOnStderr(message)
      return yield* new Exited({ exitCode: failure.exitCode })
    })),
    Effect.provideService(CliConfig.CliConfig, {
      builtIns
    }),
    Effect.provideService(CliOutput.Presenter, { present: (event) => present(event, json) }),
    Effect.provideServiceEffect(TerminalCapabilities.TerminalCapabilities, TerminalPrompts.capabilities),
    Effect.provideServiceEffect(Terminal.Terminal, TerminalPrompts.onStderr)
  )
}

const jsonError = ({ code, message, problems }: Pick<CommandFailed, "code" | "message" | "problems">): string =>
  harmlessJson({ error: { code, message, ...(problems === undefined ? {} : { problems }) } })

/** At most 100 columns, because longer lines are hard to read. */
const widthFor = (columns: number): number => Math.min(Math.max(columns, 40), 100)

/** Prints requested help as a result. `run` prints failures, as text or JSON. */
const present = Effect.fnUntraced(function*(event: CliOutput.Presenter.Event, json: boolean) {
  if (event._tag === "Version") return yield* Console.log(`${event.name} ${event.version}`)
  if (event._tag === "InvalidInvocation") return
  const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
  const doc = typeableHelp(event.helpDoc, yield* CommandName)
  const columns = yield* columnsOf("stdout")
  const help = helpText(doc, { width: Option.match(columns, { onNone: () => 80, onSome: widthFor }), isBold: canColor })
  if (event.reason === "Requested") return yield* Console.log(help)
  if (!json) yield* Console.error(help)
})

/** Rewrites the commands in all texts so that they can be typed here. */
const typeableHelp = (help: HelpDoc.HelpDoc, name: string): HelpDoc.HelpDoc => ({
  ...help,
  description: typeable(help.description, name),
  usage: typeable(help.usage, name),
  flags: help.flags.map((flag) => ({ ...flag, description: Option.map(flag.description, (it) => typeable(it, name)) })),
  ...(help.examples === undefined ? {} : {
    examples: help.examples.map((example) => ({ ...example, command: typeable(example.command, name) }))
  })
})
