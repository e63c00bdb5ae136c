// Signs somebody up without a server: the services of the library over adapters that live in this process.
import { Console, Effect, Layer, ManagedRuntime, Schema } from "effect"
import * as EphemeralCrypto from "../src/adapters/crypto/EphemeralCrypto.ts"
import * as MemoryIdentityStore from "../src/adapters/memory/MemoryIdentityStore.ts"
import { Accounts, DisplayName, Email, NewPassword } from "../src/index.ts"

const identity = Accounts.layer.pipe(Layer.provide([MemoryIdentityStore.layer, EphemeralCrypto.layer]))
export const runtime = ManagedRuntime.make(identity)

export const createAccount = Effect.gen(function*() {
  const accounts = yield* Accounts
  return yield* accounts.create({
    email: Email.make("ada@example.com"),
    password: yield* Schema.decodeEffect(NewPassword)("a well kept secret"),
    displayName: DisplayName.make("Ada Lovelace")
  })
})

if (import.meta.main) await runtime.runPromise(Effect.flatMap(createAccount, Console.log))
