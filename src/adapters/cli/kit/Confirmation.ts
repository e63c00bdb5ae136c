/** What ends or removes something asks first on a terminal. Without one nobody could answer, so it takes `--yes`. */
import { Console, Effect } from "effect"
import { Flag, TerminalCapabilities } from "effect/cli"
import { wrongUsage } from "./Failure.ts"
import { asking } from "./Questions.ts"

export const yesFlag = Flag.Boolean("yes").pipe(
  Flag.withAlias("y"),
  Flag.withDescription("Do it without asking"),
  Flag.withDefault(false),
  Flag.withoutNegation
)

/** Fails where nobody can be asked. For commands that would have to start something before `confirm` says so. */
export const askable = Effect.fnUntraced(function*({ yes }: { readonly yes: boolean }) {
  const { canPrompt } = yield* TerminalCapabilities.TerminalCapabilities
  if (!yes && !canPrompt) {
    return yield* wrongUsage("There is no terminal to ask for confirmation: give --yes to do it anyway.")
  }
})

/** Goes on if `--yes` was given or the person at the terminal agrees; being told no is an interruption. */
export const confirm = Effect.fnUntraced(function*(options: { readonly yes: boolean; readonly question: string }) {
  if (options.yes) return
  yield* askable(options)
  if (yield* asking(({ agreed }) => agreed(options.question))) return
  yield* Console.error("Nothing was done.")
  return yield* Effect.interrupt
})
