/** The values for `create-account`. Those without a flag are asked for at a terminal. */
import { Context, Effect, Option } from "effect"
import { TerminalCapabilities } from "effect/cli"
import { DisplayName } from "../../../domain/model/Account.ts"
import { Email } from "../../../domain/model/Email.ts"
import { EmailAlreadyExists } from "../../../domain/model/IdentityErrors.ts"
import { optionalFlag } from "./Arguments.ts"
import { wrongUsage } from "./Failure.ts"
import { passwordFlags, refuseBoth } from "./PasswordInput.ts"
import type { PasswordFlags } from "./PasswordInput.ts"
import { valueFor, withQuestions } from "./Questions.ts"

/** Who the account is for, as far as flags say. */
export class NewAccountFlags extends Context.Service<NewAccountFlags, {
  readonly email: Option.Option<Email>
  readonly displayName: Option.Option<DisplayName>
}>()("identityd/adapters/cli/kit/NewAccount/NewAccountFlags") {}

export const newAccountFlags = {
  email: optionalFlag("email", "EMAIL", "The account's email", Email),
  displayName: optionalFlag("display-name", "NAME", "The name that people see", DisplayName),
  ...passwordFlags
}

/** Fails and names all missing values when there is no terminal to ask for them. */
export const checkNewAccount = Effect.fnUntraced(function*(flags: PasswordFlags & NewAccountFlags["Service"]) {
  yield* refuseBoth(flags)
  const { displayName, email, passwordFile, passwordStdin } = flags
  const { canPrompt } = yield* TerminalCapabilities.TerminalCapabilities
  if (!canPrompt && (Option.isNone(email) || Option.isNone(displayName))) {
    return yield* wrongUsage(missing([
      ["--email", Option.isSome(email)],
      ["--display-name", Option.isSome(displayName)],
      ["--password-stdin or --password-file", passwordStdin || Option.isSome(passwordFile)]
    ]))
  }
  return NewAccountFlags.of({ email, displayName })
})

/** The given values. Asks for the others; for another email while the one that was entered is taken. */
export const givenOrAskedValues = Effect.fnUntraced(function*<E, R>(
  { displayName, email }: NewAccountFlags["Service"],
  isTaken: (email: Email) => Effect.Effect<boolean, E, R>
) {
  if (Option.isSome(email) && (yield* isTaken(email.value))) return yield* new EmailAlreadyExists()
  if (Option.isSome(email) && Option.isSome(displayName)) {
    return { email: email.value, displayName: displayName.value }
  }
  const judge = (entered: Email) =>
    Effect.map(isTaken(entered), (taken) => taken ? "An account with this email exists already." : undefined)
  return yield* withQuestions(Effect.fnUntraced(function*(questions) {
    return {
      email: Option.isSome(email) ? email.value : yield* valueFor(questions, "Email", Email, judge),
      displayName: Option.isSome(displayName)
        ? displayName.value
        : yield* valueFor(questions, "Display name", DisplayName)
    }
  }))
})

const missing = (flags: ReadonlyArray<readonly [name: string, isGiven: boolean]>): string => {
  const names = flags.flatMap(([name, isGiven]) => isGiven ? [] : [name])
  const last = names.at(-1) ?? ""
  return `Missing: ${[names.slice(0, -1).join(", "), last].filter((part) => part !== "").join(" and ")}. ` +
    "There is no terminal to ask for it."
}
