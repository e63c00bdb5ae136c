/** What people find in their mails, for tests: which mails were queued, and what answers a challenge. */
import { DateTime, Duration, Effect, Redacted } from "effect"
import * as HmacTokenSigner from "../../src/adapters/crypto/HmacTokenSigner.ts"
import { ChallengeId } from "../../src/domain/model/Challenge.ts"
import type { ChallengePurpose } from "../../src/domain/model/Challenge.ts"
import { Outbox } from "../../src/ports/Outbox.ts"
import { TokenSigner } from "../../src/ports/TokenSigner.ts"
import { OLD_KEY } from "./signing-keys.ts"

/** The mails that wait to be sent. Each is shown once. */
export const newMails = Effect.gen(function*() {
  const outbox = yield* Outbox
  const now = yield* DateTime.now
  return yield* outbox.claim({ now, until: DateTime.addDuration(now, Duration.days(365)), limit: 100 })
})

/** The code and the token in the mail of a challenge, by the key of the test's services. */
export const secretsIn = Effect.fnUntraced(function*(purpose: ChallengePurpose, id: unknown) {
  const signer = yield* TokenSigner
  const { code, token } = yield* signer.signChallenge(purpose, ChallengeId.make(String(id)))
  return { code: Redacted.value(code), token: Redacted.value(token) }
}, Effect.provide(HmacTokenSigner.layer([OLD_KEY])))

/** A code that isn't the challenge's. */
export const wrongCode = (code: string): string => code.replace(/.$/, (digit) => String((Number(digit) + 1) % 10))
