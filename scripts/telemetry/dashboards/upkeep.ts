import type { Row } from "../Description.ts"
import { of, perSecond, query } from "./queries.ts"

export const upkeep: Row = {
  title: "Upkeep",
  panels: [
    {
      title: "Forgotten records",
      text: "Records a second that were over and are forgotten, by kind.",
      unit: "per second",
      queries: [query(perSecond("kind", "identity_records_pruned_total"), "{{kind}}")]
    },
    {
      title: "Since the last round of house-keeping",
      text: "Of whichever instance did it. A round is due every five minutes.",
      unit: "seconds",
      queries: [query(`time() - max(${of("identity_prune_completed_timestamp_seconds")})`, "age")],
      alerts: ["IdentityPruneLags"]
    },
    {
      title: "Breaks of the audit log",
      text: "Places where the audit log was not what its writers left, when an instance last verified it.",
      unit: "count",
      queries: [query(of("identity_audit_breaks"), "{{instance}}")],
      alerts: ["IdentityAuditBroken"]
    },
    {
      title: "Since the audit log was verified",
      text: "By whichever instance did it. It is due once a day.",
      unit: "days",
      queries: [query(`(time() - max(${of("identity_audit_verified_timestamp_seconds")})) / 86400`, "age")],
      alerts: ["IdentityAuditUnverified"]
    },
    {
      title: "Time of a round of house-keeping",
      text: "What 9 of 10 rounds took no longer than.",
      unit: "seconds",
      queries: [
        query(
          `histogram_quantile(0.9, sum by (le) (increase(${of("identity_prune_seconds_bucket")}[1h])))`,
          "p90"
        )
      ]
    }
  ]
}
