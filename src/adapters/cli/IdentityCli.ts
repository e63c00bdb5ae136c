/**
 * The command line `identity`: what it takes, what it prints where, and how it ends.
 *
 * Results go to stdout and nothing else does, so it can be piped; exit codes are those of `Failure.ts`, and 130 when
 * somebody interrupts. Nothing is asked without a terminal.
 */
import { Cause, Console, Effect, Option, Runtime, Schema, Terminal } from "effect"
import { CliConfig, CliOutput, Command, GlobalFlag, TerminalCapabilities } from "effect/cli"
import { CommandName, typeable, typeableHelp } from "./CommandName.ts"
import { auditLog } from "./commands/audit-log.ts"
import { config } from "./commands/config.ts"
import { createAccount } from "./commands/create-account.ts"
import { deleteAccount } from "./commands/delete-account.ts"
import { disableAccount } from "./commands/disable-account.ts"
import { enableAccount } from "./commands/enable-account.ts"
import { generateSigningKey } from "./commands/generate-signing-key.ts"
import { listAccounts } from "./commands/list-accounts.ts"
import { listSessions } from "./commands/list-sessions.ts"
import { migrate } from "./commands/migrate.ts"
import { prune } from "./commands/prune.ts"
import { revokeSessions } from "./commands/revoke-sessions.ts"
import { serve } from "./commands/serve.ts"
import { setPassword } from "./commands/set-password.ts"
import { showAccount } from "./commands/show-account.ts"
import { updateAccount } from "./commands/update-account.ts"
import { describe, unexpected } from "./Failure.ts"
import type { CommandFailed } from "./Failure.ts"
import { globalFlags } from "./GlobalFlags.ts"
import * as TerminalPrompts from "./TerminalPrompts.ts"

const identity = Command.make("identity").pipe(
  Command.withDescription("Owns the accounts and sessions of an application."),
  Command.withSubcommands([
    { group: "Server", commands: [serve, migrate, prune, config, generateSigningKey] },
    {
      group: "Accounts",
      commands: [
        createAccount,
        showAccount,
        listAccounts,
        updateAccount,
        setPassword,
        disableAccount,
        enableAccount,
        deleteAccount
      ]
    },
    { group: "Sessions", commands: [listSessions, revokeSessions] },
    { group: "Audit", commands: [auditLog] }
  ]),
  Command.withGlobalFlags(globalFlags)
)

/** The end of a command that failed and has said so. */
class Exited extends Schema.TaggedError<Exited>()("Exited", { exitCode: Schema.Int }) {
  override readonly [Runtime.errorExitCode] = this.exitCode
  override readonly [Runtime.errorReported] = false
}

/** Runs the command that `args` spell. Fails with `Exited` once the reason is on stderr. */
export const run = (args: ReadonlyArray<string>, options: { readonly version: string }) => {
  const json = args.includes("--json")
  return Command.runWith(identity, options)(args).pipe(
    Effect.catchCause(Effect.fnUntraced(function*(cause) {
      if (Cause.hasInterruptsOnly(cause)) return yield* Effect.interrupt
      const error = Cause.findErrorOption(cause)
      if (Option.isNone(error)) yield* Effect.logDebug("The command failed unexpectedly", cause)
      const failure = Option.match(error, { onNone: () => unexpected, onSome: describe })
      const message = typeable(failure.message, yield* CommandName)
      yield* Console.error(json ? jsonError({ ...failure, message }) : message)
      return yield* new Exited({ exitCode: failure.exitCode })
    })),
    Effect.provideService(CliConfig.CliConfig, {
      builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions]
    }),
    Effect.provideService(CliOutput.Presenter, { present: (event) => present(event, json) }),
    Effect.provideServiceEffect(TerminalCapabilities.TerminalCapabilities, TerminalPrompts.capabilities),
    Effect.provideServiceEffect(Terminal.Terminal, TerminalPrompts.onStderr)
  )
}

const jsonError = ({ code, message, problems }: Pick<CommandFailed, "code" | "message" | "problems">): string =>
  JSON.stringify({ error: { code, message, ...(problems === undefined ? {} : { problems }) } })

/** Help that was asked for is a result. Complaints are made by `run`, in the form that was asked for. */
const present = Effect.fnUntraced(function*(event: CliOutput.Presenter.Event, json: boolean) {
  if (event._tag === "Version") return yield* Console.log(`${event.name} ${event.version}`)
  if (event._tag === "InvalidInvocation") return
  const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
  const help = CliOutput.defaultFormatter({ colors: canColor }).formatHelpDoc(
    typeableHelp(event.helpDoc, yield* CommandName)
  )
  if (event.reason === "Requested") return yield* Console.log(help)
  if (!json) yield* Console.error(help)
})
