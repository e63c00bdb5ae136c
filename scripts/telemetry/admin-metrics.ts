/** The metrics of API keys and imports. */
import type { accountsImported, apiKeyRequests } from "../../src/domain/telemetry/IdentityMetrics.ts"
import type { MetricDescription } from "./Description.ts"
import { valuesOf } from "./label-values.ts"

export const adminMetrics = {
  identity_accounts_imported_total: {
    source: "identity_accounts_imported_total",
    type: "counter",
    labels: {
      outcome: valuesOf<Parameters<typeof accountsImported>[0]>({
        created: "",
        updated: "",
        unchanged: "there already",
        refused: "something is wrong with it"
      })
    },
    text: "rows of imports, by what became of them. Only those that came through the API; commands show no metrics"
  },
  identity_api_key_requests_total: {
    source: "identity_api_key_requests_total",
    type: "counter",
    labels: {
      outcome: valuesOf<Parameters<typeof apiKeyRequests>[0]>({
        accepted: "",
        refused: "no key that is good now and from there",
        limited: "one wrong key too many",
        "scope-missing": "a good key without the scope"
      })
    },
    text: "requests to the admin API, by what became of their key"
  },
  identity_api_keys: {
    source: "identity_api_keys",
    type: "gauge",
    text: "API keys that haven't expired, every five minutes"
  },
  identity_api_key_next_expiry_timestamp_seconds: {
    source: "identity_api_key_next_expiry_timestamp_seconds",
    type: "gauge",
    text: "when the first of the keys that were used in the last 30 days expires; 0 if there is none"
  }
} satisfies Record<string, MetricDescription>
