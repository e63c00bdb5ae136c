import type { Dashboard } from "../Description.ts"
import { apiKeys } from "./api-keys.ts"
import { mails } from "./mails.ts"
import { passkeys } from "./passkeys.ts"
import { of, perSecond, quantile, query } from "./queries.ts"
import { upkeep } from "./upkeep.ts"

const RECOVERIES = "identity:recoveries_started:total"

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
          text: "Second factors a second that people presented. Beside them factors that were removed.",
          unit: "per second",
          queries: [
            query(perSecond("type, outcome", "identity_second_factors_total"), "{{type}}: {{outcome}}"),
            query(perSecond("by", "identity_factors_removed_total"), "removed by {{by}}")
          ]
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
          title: "Wrong second factors in half an hour",
          text: "Second factors refused a second. People who give wrong ones know a password.",
          unit: "per second",
          queries: [query(`sum(rate(${of("identity:second_factors_refused:total")}[30m]))`, "refused")],
          alerts: ["IdentitySecondFactorsRefused"]
        },
        {
          title: "Recovery codes used in an hour",
          text:
            "Recovery codes a second that signed in. Many mean that many have lost their factor, or that codes were stolen.",
          unit: "per second",
          queries: [query(`sum(rate(${of("identity:recovery_codes_used:total")}[1h]))`, "used")],
          alerts: ["IdentityRecoveryCodesUsed"]
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
          queries: [query(`sum(increase(${of("identity:service_limits:total")}[5m]))`, "refused")],
          alerts: ["IdentityServiceLimitReached"]
        }
      ]
    },
    {
      title: "Codes by mail",
      panels: [
        {
          title: "Mails with a code asked for",
          text: "Recoveries, verifications and others a second, also for addresses that nobody has.",
          unit: "per second",
          queries: [query(perSecond("purpose", "identity_challenges_started_total"), "{{purpose}}")]
        },
        {
          title: "Recoveries in half an hour",
          text:
            "Recoveries asked for a second, and five times those of the day before. More than both that and the threshold are " +
            "somebody who asks for other people's accounts, or people who can't sign in.",
          unit: "per second",
          queries: [
            query(`sum(rate(${of(RECOVERIES)}[30m]))`, "asked for"),
            query(`5 * sum(rate(${of(RECOVERIES)}[1d] offset 30m))`, "5 × the day before")
          ],
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
    upkeep
  ]
}
