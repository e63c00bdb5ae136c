/** Alerts about second factors: attackers who know passwords, and recovery codes that are used out of line. */
import type { Alert } from "../Description.ts"
import { of } from "./shapes.ts"

const presented = (type: string, outcome: string, values: string) =>
  of("identity_second_factors_total", values, `type="${type}",outcome="${outcome}"`)

export const factorAlerts: ReadonlyArray<Alert> = [
  {
    name: "IdentitySecondFactorsRefused",
    severity: "ticket",
    value: "sum by (job) (rate(identity:second_factors_refused:total[30m]))",
    is: "above",
    threshold: 0.03,
    unit: "per second",
    for: "5m",
    summary: "More than 50 wrong second factors in half an hour: somebody may know passwords",
    means:
      "People who are asked for a second factor have given the right password or answered a mail. People mistype a code " +
      "now and then; this many wrong ones are guesses by somebody who has passwords from elsewhere. The limits hold, and codes " +
      "don't fall to so few guesses.",
    look: [
      "`identity audit-log --action second-factor.refused --limit 100`: one account or many, few networks or many?",
      "*Identity*, panel *Second factors by outcome*: which type?"
    ],
    act: [
      "One account: tell its holder to change the password.",
      "Many accounts: their passwords are known. Tell the holders, and block the networks at the proxy.",
      "All of one client: its clock, or that of the servers, may be off by more than half a minute."
    ],
    fires: { series: presented("totp", "refused", "0+10x60"), at: "50m" },
    quiet: { series: presented("totp", "refused", "0+1x60"), at: "50m" }
  },
  {
    name: "IdentityRecoveryCodesUsed",
    severity: "ticket",
    value: "sum by (job) (rate(identity:recovery_codes_used:total[1h]))",
    is: "above",
    threshold: 0.006,
    unit: "per second",
    for: "5m",
    summary: "More than 20 recovery codes used in an hour: many have lost their factor, or codes were stolen",
    means: "Recovery codes are for those who have lost their factor, which is rare. A code signs in once.",
    look: [
      "*Identity*, panel *Second factors by outcome*: do other factors work?",
      "`identity audit-log --action session.started --limit 100`: from few networks?"
    ],
    act: [
      "Other factors are refused, too: check the clocks of the servers.",
      "Few networks: end these sessions with `identity revoke-sessions --all-accounts --ip NETWORK`, and tell the holders."
    ],
    fires: { series: presented("recovery_codes", "succeeded", "0+1x120"), at: "90m" },
    quiet: { series: presented("recovery_codes", "succeeded", "0+0.1x120"), at: "90m" }
  }
]
