import type { Row } from "../Description.ts"
import { of, perSecond, query } from "./queries.ts"

const DAY = 24 * 3600

export const apiKeys: Row = {
  title: "API keys",
  panels: [
    {
      title: "Requests by key",
      text: "Requests to the admin API a second, by what became of their key.",
      unit: "per second",
      queries: [query(perSecond("outcome", "identity_api_key_requests_total"), "{{outcome}}")]
    },
    {
      title: "Keys refused in an hour",
      text: "Presented keys that were not good, by instance.",
      unit: "count",
      queries: [query(`increase(${of("identity:api_keys_refused:total")}[1h])`, "{{instance}}")],
      alerts: ["IdentityApiKeysRefused"]
    },
    {
      title: "Keys",
      text: "Keys that haven't expired.",
      unit: "count",
      queries: [query(`max(${of("identity_api_keys")})`, "keys")]
    },
    {
      title: "Until the next key expires",
      text: "How long the first of the keys in use is good. A roll gives it new time.",
      unit: "days",
      queries: [
        query(`min((${of("identity_api_key_next_expiry_timestamp_seconds")} > 0) - time()) / ${DAY}`, "next")
      ],
      alerts: ["IdentityApiKeyExpires"]
    },
    {
      title: "Imported rows",
      text: "Rows of imports a second, by what became of them.",
      unit: "per second",
      queries: [query(perSecond("outcome", "identity_accounts_imported_total"), "{{outcome}}")]
    }
  ]
}
