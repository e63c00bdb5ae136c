/** How commands print API keys. */
import { DateTime, Option, Redacted } from "effect"
import type { ApiKey, IssuedApiKey } from "../../../domain/model/ApiKey.ts"
import type { Page } from "../../../domain/model/Page.ts"
import { apiKeyResource } from "../../../resources/ApiKeyResource.ts"
import type { CommandResult } from "./Output.ts"
import { properties, table } from "./Table.ts"

/** The only time that a secret is shown. */
export const describeIssued = ({ apiKey, secret }: IssuedApiKey): CommandResult => ({
  json: { ...apiKeyResource(apiKey), key: Redacted.value(secret) },
  text: properties([
    ["id", apiKey.id],
    ["name", apiKey.name],
    ["scopes", apiKey.scopes.join(" ")],
    ["networks", apiKey.allowedNetworks.join(" ") || "everywhere"],
    ["expires", apiKey.expiresAt],
    ["key", Redacted.value(secret)]
  ]),
  quiet: Redacted.value(secret)
})

export const describeApiKeys = ({ items, next }: Page<ApiKey>): CommandResult => ({
  json: { api_keys: items.map(apiKeyResource), next: Option.getOrNull(next) },
  text: (view) =>
    table(
      ["ID", "NAME", "SCOPES", "NETWORKS", "EXPIRES", "LAST USED"],
      items.map((apiKey) => [
        apiKey.id,
        apiKey.name,
        apiKey.scopes.join(" "),
        apiKey.allowedNetworks.join(" ") || "everywhere",
        DateTime.isGreaterThan(apiKey.expiresAt, view.now) ? apiKey.expiresAt : "expired",
        apiKey.lastUsedAt ?? "never"
      ]),
      { whole: ["ID", "EXPIRES"], prior: ["NAME"], spare: ["NETWORKS", "LAST USED", "SCOPES"] }
    )(view),
  quiet: items.map(({ id }) => id).join("\n")
})
