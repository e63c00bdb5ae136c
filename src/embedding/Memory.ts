/**
 * All services in the memory of one process, for trials and for tests of applications that embed them. Accounts and
 * sessions end with the layer.
 */
import { Layer } from "effect"
import * as ZxcvbnPasswordBlocklist from "../adapters/blocklist/ZxcvbnPasswordBlocklist.ts"
import * as EphemeralCrypto from "../adapters/crypto/EphemeralCrypto.ts"
import * as MemoryStores from "../adapters/memory/MemoryStores.ts"
import * as Core from "../domain/Core.ts"

/** All services. They follow `PasswordPolicy` and `SessionPolicy` when those are provided. */
export const layer: Layer.Layer<Core.Services> = Core.layer.pipe(
  Layer.provide([MemoryStores.layer, EphemeralCrypto.layer, ZxcvbnPasswordBlocklist.layer])
)
