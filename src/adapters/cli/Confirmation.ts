/** What ends or removes something asks first on a terminal. Without one nobody could answer, so it takes `--yes`. */
import { Effect } from "effect"
import { Flag, Prompt, TerminalCapabilities } from "effect/cli"
import { wrongUsage } from "./Failure.ts"

export const yesFlag = Flag.Boolean("yes").pipe(
  Flag.withAlias("y"),
  Flag.withDescription("Do it without asking"),
  Flag.withDefault(false),
  Flag.withoutNegation
)

/** Goes on if `--yes` was given or the person at the terminal agrees; being told no is an interruption. */
export const confirm = Effect.fnUntraced(function*(options: { readonly yes: boolean; readonly question: string }) {
  if (options.yes) return
  const { canPrompt } = yield* TerminalCapabilities.TerminalCapabilities
  if (!canPrompt) return yield* wrongUsage("There is no terminal to ask for confirmation: give --yes to do it anyway.")
  const agreed = yield* Prompt.Confirm({ message: options.question, initial: false })
  if (!agreed) return yield* Effect.interrupt
})
