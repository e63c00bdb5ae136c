/**
 * Ids of 25 base36 digits, enough for 128 bits. Ids that sort by creation are UUIDv7; ids that nobody may guess are 128
 * random bits (ASVS 7.2.3).
 *
 * Digits are padded on the left, so account ids sort like their UUIDs, by creation. UUIDs of one generator are ordered
 * even within a millisecond and when the clock steps back.
 */
import { Brand, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import type { AccountId } from "../../domain/model/Account.ts"
import { ApiKeyId } from "../../domain/model/ApiKey.ts"
import type { AuditEntryId } from "../../domain/model/Audit.ts"
import { ChallengeId } from "../../domain/model/Challenge.ts"
import { DeviceId } from "../../domain/model/Device.ts"
import { FactorId } from "../../domain/model/Factor.ts"
import { MailId } from "../../domain/model/Mail.ts"
import { SessionId } from "../../domain/model/Session.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"

export const layer = Layer.effect(
  IdGenerator,
  Effect.gen(function*() {
    const random = yield* SecureRandom.SecureRandom
    return IdGenerator.of({
      accountId: Effect.map(random.uuidV7({ format: "bytes" }), (bytes) => accountId(`acct_${base36(bytes)}`)),
      auditEntryId: Effect.map(
        random.uuidV7({ format: "bytes" }),
        (bytes) => auditEntryId(`aud_${base36(bytes)}`)
      ),
      mailId: Effect.map(random.uuidV7({ format: "bytes" }), (bytes) => MailId.make(`mail_${base36(bytes)}`)),
      apiKeyId: Effect.map(random.uuidV7({ format: "bytes" }), (bytes) => ApiKeyId.make(`key_${base36(bytes)}`)),
      sessionId: Effect.map(random.randomBytes(16), (bytes) => SessionId.make(`ses_${base36(bytes)}`)),
      deviceId: Effect.map(random.randomBytes(16), (bytes) => DeviceId.make(`dev_${base36(bytes)}`)),
      challengeId: Effect.map(random.randomBytes(16), (bytes) => ChallengeId.make(`chl_${base36(bytes)}`)),
      factorId: Effect.map(random.randomBytes(16), (bytes) => FactorId.make(`fct_${base36(bytes)}`)),
      holderId: Effect.map(random.randomBytes(16), base36)
    })
  })
)

// An import needs millions of these, which needn't be checked.
const accountId = Brand.nominal<AccountId>()
const auditEntryId = Brand.nominal<AuditEntryId>()

/** One place for all, because the buffer of a small array of bytes isn't made before somebody asks for it. */
const places = new Uint8Array(16)
const numbers = new DataView(places.buffer)

const base36 = (bytes: Uint8Array): string => {
  places.set(bytes)
  return (numbers.getBigUint64(0) << 64n | numbers.getBigUint64(8)).toString(36).padStart(25, "0")
}
