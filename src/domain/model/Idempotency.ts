import { Schema } from "effect"

export const IDEMPOTENCY_KEY_LENGTH_MAX = 255

/**
 * A caller's name for a request, so that sending the request again does nothing twice: 1 to 255 visible ASCII
 * characters.
 */
export const IdempotencyKey = Schema.String.check(
  Schema.isPattern(new RegExp(`^[\\x21-\\x7e]{1,${IDEMPOTENCY_KEY_LENGTH_MAX}}$`), {
    message: `must be 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} visible ASCII characters`
  })
).pipe(Schema.brand("IdempotencyKey"))
export type IdempotencyKey = typeof IdempotencyKey.Type
