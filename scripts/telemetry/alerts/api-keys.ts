/** Alerts about the keys of programs. */
import type { Alert } from "../Description.ts"
import { growth, of } from "./shapes.ts"

const DAY = 24 * 3600

const expiry = (days: number) => of("identity_api_key_next_expiry_timestamp_seconds", `${days * DAY}x20`)

const refused = (values: string) => of("identity_api_key_requests_total", values, `outcome="refused"`)

export const apiKeyAlerts: ReadonlyArray<Alert> = [
  {
    name: "IdentityApiKeyExpires",
    severity: "ticket",
    value: `min by (job) ((identity_api_key_next_expiry_timestamp_seconds > 0) - time()) / ${DAY}`,
    is: "below",
    threshold: 14,
    unit: "days",
    summary: "An API key that is in use expires in {{ $value | printf \"%.0f\" }} days",
    means: "From then on, the program that uses it is refused. People are not affected.",
    look: ["`identity list-api-keys`: which key expires first, and what its name says it is for."],
    act: [
      "`identity roll-api-key ID --keep-old-for 1d` prints a new secret. Give it to the program within the day.",
      "If nobody needs the key any more: `identity revoke-api-key ID`."
    ],
    fires: { series: expiry(13), at: "5m" },
    quiet: { series: expiry(15), at: "5m" }
  },
  {
    name: "IdentityApiKeysRefused",
    severity: "ticket",
    ...growth("api_keys_refused", "1h", 20),
    summary: "{{ $value | humanize }} API keys were refused within an hour",
    means:
      "A program has a key that was revoked, has expired, or isn't good where the program runs. Or somebody tries keys, " +
      "which can't succeed: a key has 256 random bits.",
    look: [
      "`identity audit-log --action api-key.refused`: the key that it was about, and the address that it came from.",
      "*Identity*: *Requests by key*."
    ],
    act: [
      "A program of ours: give it a good key, from `identity create-api-key` or `identity roll-api-key`.",
      "Anybody else: they reach the management listener. Close it to them."
    ],
    fires: { series: refused("0x5 40x60"), at: "20m" },
    quiet: { series: refused("0x5 10x60"), at: "20m" }
  }
]
