import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { Recoveries } from "../../../domain/challenges/Recoveries.ts"
import { instantText } from "../../../kernel/InstantText.ts"
import { challengeResource } from "../../../resources/ChallengeResource.ts"
import { accountArgument } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { printNote, printResult } from "../kit/Output.ts"
import { properties } from "../kit/Table.ts"

export const sendRecovery = Command.make("send-recovery", { account: accountArgument }).pipe(
  Command.withDescription(
    "Mails the holder of an account a code and a link, by which they set a new password themselves. Nobody else " +
      "learns either. If the account is disabled, nothing is mailed."
  ),
  Command.withShortDescription("Mails an account's holder a way to set a new password"),
  Command.withExamples([{ command: "identity send-recovery ada@example.com" }]),
  Command.withHandler(Effect.fnUntraced(function*({ account: reference }) {
    const [accounts, recoveries] = [yield* Accounts, yield* Recoveries]
    const { email } = yield* accounts.get(reference)
    const challenge = yield* recoveries.start(email)
    yield* printResult({
      json: challengeResource(challenge),
      text: properties([["id", challenge.id], ["sent to", email], ["expires", challenge.expiresAt]]),
      quiet: challenge.id
    })
    yield* printNote(`Mailed ${email}. The code and the link are good until ${instantText(challenge.expiresAt)}.`)
  })),
  Command.provide(services)
)
