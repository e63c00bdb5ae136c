/** Alerts about mails that don't reach the mail server. */
import { Duration } from "effect"
import { challengeLifetime } from "../../../src/domain/model/Challenge.ts"
import type { Alert } from "../Description.ts"
import { growth, of } from "./shapes.ts"

const oldest = (values: string) => of("identity_mail_oldest_seconds", values)

const refused = (values: string) => of("identity_mails_total", values, `purpose="recovery",outcome="refused"`)

export const mailAlerts: ReadonlyArray<Alert> = [
  {
    name: "IdentityMailsLate",
    severity: "page",
    value: "max by (job) (identity_mail_oldest_seconds)",
    is: "above",
    threshold: 300,
    unit: "seconds",
    for: "2m",
    summary: "A mail has waited for {{ $value | humanizeDuration }}",
    means:
      "The mail server takes no mails, or not all. People who forgot their password can't get in: a recovery is of use " +
      `for ${Duration.toMinutes(challengeLifetime.recovery)} minutes. ` +
      "Signing in works, and no mail is lost: each is tried again until it is of no use.",
    look: [
      "`identity list-mails --status waiting`: the column LAST ERROR has the mail server's answer.",
      "`identity send-test-mail --to you@example.com` says at once what is wrong.",
      "*Identity*: *Mails by outcome* and *Time of an attempt*."
    ],
    act: [
      "The mail server is down or can't be reached: mend it. Then `identity retry-mails` sends everything at once.",
      "It refuses our password, our address or our certificate: correct `IDENTITY_SMTP_URL` and restart the servers.",
      "A single address: its own server is slow or away. Nothing is to be done here."
    ],
    fires: { series: oldest("0x5 0+60x20"), at: "16m" },
    quiet: { series: oldest("0+60x5 0x20"), at: "16m" }
  },
  {
    name: "IdentityMailsRefused",
    severity: "ticket",
    ...growth("mails_refused", "1h", 5),
    summary: "The mail server has refused {{ $value | humanize }} mails for good within an hour",
    means:
      "Those mails are not tried again. Somebody signs up with addresses that don't exist, or the mail server takes us for " +
      "a sender of spam, and then nobody gets mails.",
    look: [
      "`identity list-mails --status refused`: the same answer to all, or addresses that don't exist?",
      "*Identity*: *Mails by outcome*."
    ],
    act: [
      "Addresses that don't exist: find the network that asks, and block it at the proxy.",
      "All addresses: mend what the answer names. Then `identity retry-mails` tries them again."
    ],
    fires: { series: refused("0x5 9x60"), at: "20m" },
    quiet: { series: refused("0x5 3x60"), at: "20m" }
  }
]
