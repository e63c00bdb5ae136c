import { IDEMPOTENCY_KEY_LENGTH_MAX, IdempotencyKey } from "../../../domain/model/Idempotency.ts"
import { optional, written } from "./BodyMembers.ts"

/** The header of a request that may safely be sent again. */
export const idempotencyHeaders = optional({
  "idempotency-key": written(IdempotencyKey, {
    minLength: 1,
    maxLength: IDEMPOTENCY_KEY_LENGTH_MAX,
    description:
      "Names the request, in visible ASCII characters: the same key and body within 24 hours gets the same answer " +
      "and does nothing twice",
    examples: ["0c2f5b0e-6a58-4f0e-9d0b-0a4f1f0f9f6e"]
  })
})
