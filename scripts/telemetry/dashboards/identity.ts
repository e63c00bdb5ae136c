import type { Dashboard } from "../Description.ts"
import { apiKeys } from "./api-keys.ts"
import { mails } from "./mails.ts"
import { passkeys } from "./passkeys.ts"
import { of, perSecond, quantile, query } from "./queries.ts"

export const identity: Dashboard = {
  name: "identity",
  title: "Identity",
  text: "Accounts, sign-ins, sessions, limits, hashes and API keys.",
  rows: [
    {
      title: "Accounts and sessions",
      panels: [
        {
          title: "Records",
          text: "About how many there are, by the database's own statistics. Sessions include those that ended lately.",
          unit: "count",
          queries: [query(`max by (kind) (${of("identity_records_estimate")})`, "{{kind}}")]
        },
        {
          title: "Sign-ups",
          text: "Accounts created a second.",
          unit: "per second",
          queries: [query(perSecond("job", "identity_accounts_created_total"), "sign-ups")]
        },
        {
          title: "Sign-ins by outcome",
          text:
            "Attempts to sign in a second: succeeded, refused (wrong email or password), limited (one guess too many), " +
            "failed (could not be judged).",
          unit: "per second",
          queries: [query(perSecond("outcome", "identity_sign_ins_total"), "{{outcome}}")]
        },
        {
          title: "Sessions started and ended",
          text: "Sessions a second, those that ended by reason. Sessions that expire are not among them.",
          unit: "per second",
          queries: [
            query(perSecond("job", "identity_sessions_started_total"), "started"),
            query(perSecond("reason", "identity_sessions_ended_total"), "ended: {{reason}}")
          ]
        },
        {
          title: "Elevations by outcome",
          text:
            "Attempts a second to prove again who one is, for what needs more than a session. Many that are refused are " +
            "somebody with a stolen session.",
          unit: "per second",
          queries: [query(perSecond("method, outcome", "identity_elevations_total"), "{{method}}: {{outcome}}")]
        },
        {
          title: "Second factors by outcome",
          text:
            "Second factors a second that people presented. People who give wrong ones know a password. Many recovery codes " +
            "mean that many have lost their factor, or that codes were stolen. Beside them factors that were removed.",
          unit: "per second",
          queries: [
            query(perSecond("type, outcome", "identity_second_factors_total"), "{{type}}: {{outcome}}"),
            query(perSecond("by", "identity_factors_removed_total"), "removed by {{by}}")
          ],
          alerts: ["IdentitySecondFactorsRefused", "IdentityRecoveryCodesUsed"]
        },
        {
          title: "Authorizations by outcome",
          text:
            "Requests a second that gateways asked about: allowed, or refused for which problem. Beside them the tokens " +
            "that programs asked about.",
          unit: "per second",
          queries: [
            query(perSecond("outcome", "identity_authorizations_total"), "{{outcome}}"),
            query(perSecond("outcome", "identity_introspections_total"), "introspected: {{outcome}}")
          ]
        }
      ]
    },
    {
      title: "Abuse",
      panels: [
        {
          title: "Refused beyond succeeded",
          text:
            "Sign-ins refused a second, less those that succeed. People mistype now and then; more refusals than successes " +
            "are a program.",
          unit: "per second",
          queries: [
            query(
              `sum(rate(${of("identity:sign_ins_refused:total")}[10m])) - sum(rate(${
                of("identity:sign_ins_succeeded:total")
              }[10m]))`,
              "refused - succeeded"
            )
          ],
          alerts: ["IdentitySignInsRefused"]
        },
        {
          title: "Attempts over a limit",
          text: "Attempts a second that used up a budget, or were refused by it.",
          unit: "per second",
          queries: [
            query(
              perSecond("action, budget, outcome", "identity_attempts_limited_total"),
              "{{action}}, {{budget}}: {{outcome}}"
            )
          ]
        },
        {
          title: "Refused by the limit of the service, five minutes",
          text:
            "Attempts refused because the whole service has used up its budget of failures. Above 0, it may meet people.",
          unit: "count",
          queries: [query(`increase(${of("identity:service_limits:total")}[5m])`, "{{instance}}")],
          alerts: ["IdentityServiceLimitReached"]
        }
      ]
    },
    {
      title: "Codes by mail",
      panels: [
        {
          title: "Mails with a code asked for",
          text:
            "Recoveries, verifications and others a second, also for addresses that nobody has. Many more recoveries than " +
            "the day before are somebody who asks for other people's accounts, or people who can't sign in.",
          unit: "per second",
          queries: [query(perSecond("purpose", "identity_challenges_started_total"), "{{purpose}}")],
          alerts: ["IdentityRecoveriesUnusual"]
        },
        {
          title: "Codes refused beyond accepted",
          text: "Answers refused a second, less those accepted. More of the former are somebody who guesses.",
          unit: "per second",
          queries: [
            query(
              `sum(rate(${of("identity:codes_refused:total")}[10m])) - sum(rate(${
                of("identity:codes_accepted:total")
              }[10m]))`,
              "refused - accepted"
            )
          ],
          alerts: ["IdentityCodesRefused"]
        },
        {
          title: "Answers by outcome",
          text: "Answers a second. Wrong codes without right ones are somebody who guesses.",
          unit: "per second",
          queries: [
            query(perSecond("purpose, outcome", "identity_challenges_answered_total"), "{{purpose}}: {{outcome}}")
          ]
        }
      ]
    },
    {
      title: "Hashes",
      panels: [
        {
          title: "Hashes waiting",
          text: "Passwords that wait for a core, the fewest of five minutes.",
          unit: "count",
          queries: [query(`min_over_time(${of("identity_password_hash_queue_length")}[5m])`, "{{instance}}")],
          alerts: ["IdentityHashingQueues"]
        },
        {
          title: "Time of a hash",
          text: "What 99 of 100 hashes took no longer than, to compute and to wait for their turn.",
          unit: "seconds",
          queries: [
            query(quantile(0.99, "", "identity_password_hash_seconds"), "computing"),
            query(quantile(0.99, "", "identity_password_hash_wait_seconds"), "waiting")
          ]
        },
        {
          title: "Hashes refused in five minutes",
          text: "Sign-ins answered with 503 `overloaded`, by instance.",
          unit: "count",
          queries: [query(`increase(${of("identity:hashes_refused:total")}[5m])`, "{{instance}}")],
          alerts: ["IdentityHashesRefused"]
        },
        {
          title: "Hashes refused",
          text: "The same a second, by the bound that refused them.",
          unit: "per second",
          queries: [query(perSecond("reason", "identity_password_hashes_refused_total"), "{{reason}}")]
        }
      ]
    },
    mails,
    apiKeys,
    passkeys,
    {
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
  ]
}
