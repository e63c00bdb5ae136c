import { Effect, Layer } from "effect"
import * as MemoryMailer from "../../../src/adapters/mail/MemoryMailer.ts"
import { Mailer } from "../../../src/ports/Mailer.ts"
import { mailerContract } from "../../contracts/MailerContract.ts"

mailerContract(
  "memory",
  Effect.gen(function*() {
    const context = yield* Layer.build(MemoryMailer.layer)
    const kept = yield* Effect.provide(MemoryMailer.KeptMessages, context)
    const mailer = yield* Effect.provide(Mailer, context)
    const arrived = Effect.map(
      kept,
      (messages) => messages.map(({ id, ...message }) => ({ ...message, messageId: id }))
    )
    return { mailer, arrived }
  })
)
