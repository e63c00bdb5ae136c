import { DateTime, Effect, Option } from "effect"
import type { Redacted } from "effect"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { isCurrent, isDeviceOf } from "../model/Device.ts"
import type { Device, DeviceOwner } from "../model/Device.ts"

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

/** The same, if the device has signed in to the account before. */
export const makeOwnDevice = Effect.map(
  makeCurrentDevice,
  (currentDevice) => (credential: Redacted.Redacted<string> | undefined, owner: Option.Option<DeviceOwner>) =>
    Effect.map(
      currentDevice(credential),
      Option.filter((device) => Option.exists(owner, (known) => isDeviceOf(device, known)))
    )
)
