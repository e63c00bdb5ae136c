/** The public form of a challenge. The address that it went to is masked, because the one who asked may not have it. */
import { Schema } from "effect"
import { ChallengePurpose, maskedEmail } from "../domain/model/Challenge.ts"
import type { Challenge } from "../domain/model/Challenge.ts"
import { instant } from "./Instant.ts"
import { text } from "./Text.ts"

export const ChallengeResource = Schema.Struct({
  id: text(
    "Needed to answer it. Keep it with the client that asked: the code in the mail answers only this one",
    "chl_5m0tq1q8w3kz7v9x2c4b6n8a0"
  ),
  purpose: ChallengePurpose.annotate({ description: "What its answer does" }),
  sent_to: text("The address, masked", "a•••@e•••.com"),
  created_at: instant("When it was asked for"),
  expires_at: instant("When it is over"),
  resend_at: instant("From when on the mail may be asked for again")
}).annotate({ identifier: "Challenge", description: "A question that only a reader of the address can answer, once" })

export const challengeResource = (challenge: Challenge): typeof ChallengeResource.Type => ({
  id: challenge.id,
  purpose: challenge.purpose,
  sent_to: maskedEmail(challenge.email),
  created_at: challenge.createdAt,
  expires_at: challenge.expiresAt,
  resend_at: challenge.resendAt
})
