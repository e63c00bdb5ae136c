import { Effect, Redacted } from "effect"
import { Command } from "effect/cli"
import { Application } from "../kit/Application.ts"
import { printResult } from "../kit/Output.ts"

export const generateSigningKey = Command.make("generate-signing-key").pipe(
  Command.withDescription(
    "Prints a fresh signing key for IDENTITY_SIGNING_KEYS. To change keys without ending sessions, put the new one " +
      "in front of the old one, and remove the old one after IDENTITY_SESSION_MAX_LIFETIME."
  ),
  Command.withShortDescription("Prints a fresh signing key"),
  Command.withHandler(Effect.fnUntraced(function*() {
    const application = yield* Application
    const key = Redacted.value(yield* application.generateSigningKey)
    yield* printResult({ json: { signing_key: key }, text: key, quiet: key })
  }))
)
