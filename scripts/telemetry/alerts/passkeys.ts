/** Alerts about passkeys. */
import type { Alert } from "../Description.ts"
import { growth, of } from "./shapes.ts"

const suspected = (values: string) =>
  of("identity_passkey_ceremonies_total", values, `kind="sign-in",outcome="suspected"`)

export const passkeyAlerts: ReadonlyArray<Alert> = [
  {
    name: "IdentityPasskeySuspected",
    severity: "ticket",
    ...growth("passkeys_suspected", "1h"),
    summary: "An authenticator counts fewer uses than before: its passkeys may have been copied",
    means:
      "Authenticators with a counter count up. One that counts less than it did was reset or restored, or there are two " +
      "of it. Synced passkeys don't count and never cause this. The use was accepted.",
    look: [
      "`identity audit-log --action factor.suspected --limit 20`: whose, how often, and from where?",
      "`identity audit-log --account ada@example.com`: are there uses from two places in turn?"
    ],
    act: [
      "Ask the holder whether they have reset or replaced a security key.",
      "If not, have them remove that passkey and enrol another, and end their sessions with `identity revoke-sessions`."
    ],
    fires: { series: suspected("_x5 1x20"), at: "10m" },
    quiet: { series: suspected("0 1x200"), at: "3h" }
  }
]
