/** Confirmation of commands that end or remove something. Without a terminal they need `--yes`. */
import { Console, Effect } from "effect"
import { Flag, TerminalCapabilities } from "effect/cli"
import { switchFlag } from "./Arguments.ts"
import { wrongUsage } from "./Failure.ts"
import { withQuestions } from "./Questions.ts"

/** `deed` says what is done without asking, if it is not the command itself. */
export const yesFlag = (deed = "Do it") => Flag.withAlias(switchFlag("yes", `${deed} without asking`), "y")

/** Fails when nobody can be asked. Lets commands find out before they start anything. */
export const ensureConfirmable = Effect.fnUntraced(function*({ yes }: { readonly yes: boolean }) {
  const { canPrompt } = yield* TerminalCapabilities.TerminalCapabilities
  if (!yes && !canPrompt) {
    return yield* wrongUsage("There is no terminal to ask for confirmation: give --yes to do it anyway.")
  }
})

/** Goes on if `--yes` was given or the person at the terminal agrees. Otherwise interrupts the command. */
export const confirm = Effect.fnUntraced(function*(options: { readonly yes: boolean; readonly question: string }) {
  if (options.yes) return
  yield* ensureConfirmable(options)
  if (yield* withQuestions(({ agreed }) => agreed(options.question))) return
  yield* Console.error("Nothing was done.")
  return yield* Effect.interrupt
})
