import { DateTime, Effect, Option } from "effect"
import type { Redacted } from "effect"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { isCurrent } from "../model/Device.ts"
import type { Device } from "../model/Device.ts"

/**
 * Reads the device credential that a client presents; `None` if it isn't genuine or is too old. The caller compares the
 * device with the account.
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
