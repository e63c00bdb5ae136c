import type { Row } from "../Description.ts"
import { of, perSecond, quantile, query } from "./queries.ts"

export const mails: Row = {
  title: "Mails",
  panels: [
    {
      title: "Mails by outcome",
      text: "Attempts to send a mail a second, by what became of them.",
      unit: "per second",
      queries: [query(perSecond("outcome", "identity_mails_total"), "{{outcome}}")]
    },
    {
      title: "Mails refused in an hour",
      text: "Mails that the mail server never takes, by instance.",
      unit: "count",
      queries: [query(`increase(${of("identity:mails_refused:total")}[1h])`, "{{instance}}")],
      alerts: ["IdentityMailsRefused"]
    },
    {
      title: "Oldest waiting mail",
      text: "How long the mail that has waited longest has waited.",
      unit: "seconds",
      queries: [query(`max(${of("identity_mail_oldest_seconds")})`, "age")],
      alerts: ["IdentityMailsLate"]
    },
    {
      title: "Waiting mails",
      text: "Mails that wait for their next attempt, those of all instances.",
      unit: "count",
      queries: [query(`max(${of("identity_mails_waiting")})`, "mails")]
    },
    {
      title: "Time of an attempt",
      text: "How long the mail server takes: half, and 99 of 100 attempts take no longer.",
      unit: "seconds",
      queries: [
        query(quantile(0.5, "", "identity_mail_attempt_seconds"), "p50"),
        query(quantile(0.99, "", "identity_mail_attempt_seconds"), "p99")
      ]
    }
  ]
}
