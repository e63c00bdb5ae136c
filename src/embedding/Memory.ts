/**
 * Everything in the memory of one process: for tests of what embeds us, and for trying it out. Accounts and sessions
 * end with the layer.
 */
import { Layer } from "effect"
import * as ZxcvbnPasswordBlocklist from "../adapters/blocklist/ZxcvbnPasswordBlocklist.ts"
import * as EphemeralCrypto from "../adapters/crypto/EphemeralCrypto.ts"
import * as MemoryStores from "../adapters/memory/MemoryStores.ts"
import * as Core from "../domain/Core.ts"

/** All services. `PasswordPolicy` and `SessionPolicy`, where they are provided to it, hold. */
export const layer: Layer.Layer<Core.Services> = Core.layer.pipe(
  Layer.provide([MemoryStores.layer, EphemeralCrypto.layer, ZxcvbnPasswordBlocklist.layer])
)
