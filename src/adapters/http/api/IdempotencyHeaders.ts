import { Schema } from "effect"
import { IdempotencyKey } from "../../../domain/model/Idempotency.ts"

/** The header of a request that may safely be sent again. */
export const idempotencyHeaders = { "idempotency-key": Schema.optionalKey(IdempotencyKey) }
