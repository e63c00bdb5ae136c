import { DateTime, Effect, Option } from "effect"
import type { Redacted } from "effect"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { isCurrent } from "../model/Device.ts"
import type { Device } from "../model/Device.ts"

/**
 * Reads what a client presents as the credential of its device; `None` for whatever is none, or is too old. Which
 * account is asked for, and whether the device has standing there, is for the caller to compare.
 */
export const makeCurrentDevice = Effect.map(
  TokenSigner,
  (signer) =>
    Effect.fnUntraced(function*(credential: Redacted.Redacted<string> | undefined) {
      if (credential === undefined) return Option.none<Device>()
      const now = yield* DateTime.now
      return Option.filter(yield* signer.verifyDevice(credential), (device) => isCurrent(device, now))
    })
)
