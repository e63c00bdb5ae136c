// Signs somebody up without a server: the services of the library over adapters that live in this process.
import { Console, Effect, Layer, ManagedRuntime, Schema } from "effect"
import { Accounts, Core, DisplayName, Email, NewPassword } from "identityd"
import * as Blocklist from "identityd/blocklist/ZxcvbnPasswordBlocklist"
import * as EphemeralCrypto from "identityd/crypto/EphemeralCrypto"
import * as MemoryIdentityStore from "identityd/memory/MemoryIdentityStore"

const identity = Core.layer.pipe(Layer.provide([MemoryIdentityStore.layer, EphemeralCrypto.layer, Blocklist.layer]))
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
