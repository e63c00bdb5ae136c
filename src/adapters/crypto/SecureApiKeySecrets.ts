import { Effect, Layer, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { createHash, timingSafeEqual } from "node:crypto"
import { apiKeyText } from "../../domain/model/ApiKey.ts"
import { ApiKeySecrets } from "../../ports/ApiKeySecrets.ts"

const SECRET_BYTES = 32

export const layer = Layer.effect(
  ApiKeySecrets,
  Effect.map(SecureRandom.SecureRandom, (random) =>
    ApiKeySecrets.of({
      make: (id) =>
        Effect.map(random.randomBytes(SECRET_BYTES), (bytes) =>
          Redacted.make(apiKeyText(id, Buffer.from(bytes).toString("base64url")), { label: "ApiKeySecret" })),
      digest: (secret) =>
        Effect.sync(() =>
          createHash("sha256").update(Redacted.value(secret), "utf8").digest("base64url")
        ),
      areEqual: (one, other) => {
        const [left, right] = [Buffer.from(one), Buffer.from(other)]
        return left.length === right.length && timingSafeEqual(left, right)
      }
    }))
)
