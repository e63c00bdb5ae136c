/** The metrics of mails. */
import type { mailsBy } from "../../src/domain/telemetry/IdentityMetrics.ts"
import type { MetricDescription } from "./Description.ts"
import { valuesOf } from "./label-values.ts"

export const mailMetrics = {
  identity_mails_total: {
    source: "identity_mails_total",
    type: "counter",
    labels: {
      purpose: "what the mail is for, such as `recovery` or `password-changed`",
      outcome: valuesOf<Parameters<typeof mailsBy>[1]>({
        sent: "the mail server took it",
        refused: "it never will",
        failed: "to be tried again",
        expired: "of no use before it could be sent"
      })
    },
    text: "attempts to send mails, and mails that were given up"
  },
  identity_mail_attempt_seconds: {
    source: "identity_mail_attempt_seconds",
    type: "histogram",
    text: "how long the mail server took, at most 20 seconds"
  },
  identity_mails_waiting: {
    source: "identity_mails_waiting",
    type: "gauge",
    text: "mails that wait and are still of use, those of all servers. Only where there is a mail server"
  },
  identity_mail_oldest_seconds: {
    source: "identity_mail_oldest_seconds",
    type: "gauge",
    text: "how long the oldest of them has waited; 0 if none waits"
  }
} satisfies Record<string, MetricDescription>
