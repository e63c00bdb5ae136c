// Signs somebody up, in and out without a server: the services of the library over adapters that live in this process.
import { Console, Effect, ManagedRuntime, Schema } from "effect"
import { Accounts, DisplayName, Email, NewPassword, Sessions } from "identityd"
import * as Memory from "identityd/Memory"

export const runtime = ManagedRuntime.make(Memory.layer)

const email = Email.make("ada@example.com")
const client = { userAgent: undefined, ipAddress: undefined }

export const createAccount = Effect.gen(function*() {
  const password = yield* Schema.decodeEffect(NewPassword)("a well kept secret")
  const account = yield* (yield* Accounts).create({ email, password, displayName: DisplayName.make("Ada Lovelace") })
  return { account, password }
})

export const example = Effect.gen(function*() {
  const sessions = yield* Sessions
  const { account, password } = yield* createAccount
  const { token } = yield* sessions.signIn({ email, password, client, transport: "token" })
  const verified = yield* sessions.verify(token)
  const ended = yield* sessions.revokeAll(account.id)
  const refusal = yield* Effect.flip(sessions.verify(token))
  return { name: verified.account.displayName, ended, refusal: refusal._tag }
})

if (import.meta.main) await runtime.runPromise(Effect.flatMap(example, Console.log)) // Ada Lovelace, 1, SessionRequired
