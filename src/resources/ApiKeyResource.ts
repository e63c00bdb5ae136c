/** The public form of an API key, in HTTP and in the command line's JSON. Each field is mapped by name. */
import { Schema } from "effect"
import { ApiKeyScope } from "../domain/model/ApiKey.ts"
import type { ApiKey, IssuedApiKey } from "../domain/model/ApiKey.ts"
import { instant } from "./Instant.ts"
import { shownSecret, text } from "./Text.ts"

export const ApiKeyResource = Schema.Struct({
  id: text("Names the key, and is no secret. Sorts by creation", "key_02qo8ey96xw3vwzfm9q0jk5tc"),
  name: text("What it is for", "Billing"),
  scopes: Schema.Array(ApiKeyScope).annotate({ description: "What it may do", examples: [["accounts:read"]] }),
  allowed_networks: Schema.Array(Schema.String).annotate({
    description: "From where it is good; empty for everywhere",
    examples: [["192.0.2.0/24"]]
  }),
  created_at: instant("When it was made"),
  issued_at: instant("When its present secret was made"),
  expires_at: instant("From when on it isn't good any more"),
  old_secret_until: Schema.NullOr(instant("Until when the secret before the last roll is good as well")).annotate({
    description: "Null if it was never rolled"
  }),
  last_used_at: Schema.NullOr(instant("When it was last used, to the minute")).annotate({
    description: "Null if it never was"
  })
}).annotate({ identifier: "ApiKey", description: "A key by which a program acts" })

export const IssuedApiKeyResource = Schema.Struct({
  ...ApiKeyResource.fields,
  key: shownSecret(
    "ApiKeySecret",
    "The secret, to send as `Authorization: Bearer <key>`. Shown only once",
    "idk_02qo8ey96xw3vwzfm9q0jk5tc_…"
  )
}).annotate({ identifier: "IssuedApiKey", description: "A key with its secret" })

export const apiKeyResource = (apiKey: ApiKey): typeof ApiKeyResource.Type => ({
  id: apiKey.id,
  name: apiKey.name,
  scopes: apiKey.scopes,
  allowed_networks: apiKey.allowedNetworks,
  created_at: apiKey.createdAt,
  issued_at: apiKey.issuedAt,
  expires_at: apiKey.expiresAt,
  old_secret_until: apiKey.previousUntil ?? null,
  last_used_at: apiKey.lastUsedAt ?? null
})

export const issuedApiKeyResource = ({ apiKey, secret }: IssuedApiKey): typeof IssuedApiKeyResource.Type => ({
  ...apiKeyResource(apiKey),
  key: secret
})
