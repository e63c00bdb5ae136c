/**
 * The stored answer to a repeated sign-in, without the account. It contains neither the token nor the device's
 * credential: signing them again gives the same strings.
 */
import { Effect, Schema, Struct } from "effect"
import { AcceptedName } from "../model/Account.ts"
import { DeviceId } from "../model/Device.ts"
import type { Device } from "../model/Device.ts"
import { Session } from "../model/Session.ts"

/** Answers of release 0.1 have no name, no device and no authentication. They expire within a day. */
const Answer = Schema.fromJsonString(
  Schema.toCodecJson(Schema.Struct({
    ...Struct.omit(Session.fields, ["amr", "aal", "elevatedUntil"]),
    amr: Schema.optionalKey(Session.fields.amr),
    aal: Schema.optionalKey(Session.fields.aal),
    displayName: Schema.optionalKey(AcceptedName),
    deviceId: Schema.optionalKey(DeviceId)
  }))
)

export const encodeAnswer = (answer: typeof Answer.Type): Effect.Effect<string> =>
  Effect.orDie(Schema.encodeEffect(Answer)(answer))

export const decodeAnswer = (answer: string): Effect.Effect<typeof Answer.Type> =>
  Effect.orDie(Schema.decodeEffect(Answer)(answer))

/** The device of a sign-in, at the time of that sign-in. */
export const deviceIn = (session: Session, id: DeviceId): Device => ({
  id,
  accountId: session.accountId,
  signedInAt: session.createdAt
})
