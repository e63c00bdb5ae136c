import { DateTime, Duration, Schema } from "effect"
import type { Redacted } from "effect"
import { AccountId } from "./Account.ts"
import type { Account } from "./Account.ts"
import { recordId } from "./RecordId.ts"

/** `dev_` and 128 random bits in 25 base36 digits. */
export const DeviceId = recordId("dev", "a device id").pipe(Schema.brand("DeviceId"))
export type DeviceId = typeof DeviceId.Type

/** The secret that identifies a device at its next sign-in: opaque, URL-safe, at most 160 characters. */
export type DeviceCredential = Redacted.Redacted<string>

/**
 * A program or browser that has signed in to one account. It doesn't prove who uses it. Its guesses are counted
 * separately, so that others can't use up its attempts.
 */
export const Device = Schema.Struct({
  id: DeviceId,
  accountId: AccountId,
  /** The last sign-in, in whole milliseconds. */
  signedInAt: Schema.DateTimeUtc
})
export type Device = typeof Device.Type

/** How long a device is known after it signed in. */
export const DEVICE_LIFETIME = Duration.days(365)

/** The facts about an account that decide whether a device belongs to it. */
export interface DeviceOwner {
  readonly account: Pick<Account, "id">
  /** When the password was last changed; undefined if it never was. */
  readonly passwordChangedAt: DateTime.Utc | undefined
}

/** Whether the device's last sign-in is recent enough. */
export const isCurrent = ({ signedInAt }: Device, now: DateTime.Utc): boolean =>
  DateTime.isLessThan(now, DateTime.addDuration(signedInAt, DEVICE_LIFETIME))

/**
 * Whether a device has signed in to this account with its current password. An attacker who knew an earlier password
 * may have made any number of devices, each with attempts of its own.
 */
export const isDeviceOf = ({ accountId, signedInAt }: Device, owner: DeviceOwner): boolean =>
  accountId === owner.account.id &&
  (owner.passwordChangedAt === undefined || !DateTime.isLessThan(signedInAt, owner.passwordChangedAt))
