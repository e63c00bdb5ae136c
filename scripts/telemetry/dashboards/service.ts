import type { Dashboard } from "../Description.ts"
import { of, perSecond, quantile, query } from "./queries.ts"

const REQUESTS = "http_server_request_duration_seconds"
const CHECK = `http_request_method="GET",http_route="/sessions/me"`
const SIGN_IN = `http_request_method="POST",http_route="/sessions"`

export const service: Dashboard = {
  name: "service",
  title: "Service",
  text: "The four golden signals: traffic, errors, latency, saturation.",
  rows: [
    {
      title: "Objective: 99.9 % of requests without a 5xx",
      panels: [
        {
          title: "Instances up",
          text: "1 where an instance answers when it is scraped.",
          unit: "count",
          kind: "stat",
          queries: [query(of("up"), "{{instance}}")],
          alerts: ["IdentityDown"]
        },
        {
          title: "Availability, 3 days",
          text: "Share of requests without a 5xx over the last three days.",
          unit: "ratio",
          kind: "stat",
          queries: [query("1 - identity:error_ratio:3d", "available")]
        },
        {
          title: "Burn rate, 1 hour",
          text: "How many times faster than it may the error budget is used up, over an hour and still now.",
          unit: "times",
          queries: [query("identity:burn_rate:1h", "1 h and 5 min")],
          alerts: ["IdentityErrorBudgetBurnsFast"]
        },
        {
          title: "Burn rate, 6 hours",
          text: "The same over six hours.",
          unit: "times",
          queries: [query("identity:burn_rate:6h", "6 h and 30 min")],
          alerts: ["IdentityErrorBudgetBurns"]
        },
        {
          title: "Burn rate, 1 day",
          text: "The same over a day.",
          unit: "times",
          queries: [query("identity:burn_rate:1d", "1 d and 2 h")],
          alerts: ["IdentityErrorBudgetBurnsSlowly"]
        },
        {
          title: "Burn rate, 3 days",
          text: "The same over three days.",
          unit: "times",
          queries: [query("identity:burn_rate:3d", "3 d and 6 h")],
          alerts: ["IdentityErrorBudgetLeaks"]
        }
      ]
    },
    {
      title: "Traffic",
      panels: [
        {
          title: "Requests by route",
          text: "Requests a second by method and route.",
          unit: "per second",
          queries: [
            query(
              perSecond("http_request_method, http_route", `${REQUESTS}_count`),
              "{{http_request_method}} {{http_route}}"
            )
          ]
        },
        {
          title: "Answers by status",
          text: "Answers a second by status. 499 is a client that went away.",
          unit: "per second",
          queries: [query(perSecond("http_response_status_code", `${REQUESTS}_count`), "{{http_response_status_code}}")]
        }
      ]
    },
    {
      title: "Errors",
      panels: [
        {
          title: "Errors in five minutes",
          text: "Answers with 500 or above, by instance.",
          unit: "count",
          queries: [query(`increase(${of("identity:errors:total")}[5m])`, "{{instance}}")],
          alerts: ["IdentityErrorResponses"]
        },
        {
          title: "Errors by route and status",
          text: "Answers with 500 or above a second. 503 is the database or a full queue of hashes, 500 a bug.",
          unit: "per second",
          queries: [
            query(
              perSecond(
                "http_route, http_response_status_code",
                `${REQUESTS}_count`,
                `http_response_status_code=~"5.."`
              ),
              "{{http_route}} {{http_response_status_code}}"
            )
          ]
        },
        {
          title: "Exceptions in ten minutes",
          text: "Exceptions that were logged as errors, by instance.",
          unit: "count",
          queries: [query(`increase(${of("identity:exceptions:total")}[10m])`, "{{instance}}")],
          alerts: ["IdentityExceptions"]
        },
        {
          title: "Exceptions by type",
          text: "The same a second, by the class of the error.",
          unit: "per second",
          queries: [query(perSecond("error_type", "nodejs_exceptions_total"), "{{error_type}}")]
        }
      ]
    },
    {
      title: "Latency",
      panels: [
        {
          title: "Session checks",
          text: "How long `GET /sessions/me` takes: half, nine of ten, and 99 of 100 take no longer.",
          unit: "seconds",
          queries: [
            query(quantile(0.5, "", REQUESTS, CHECK), "p50"),
            query(quantile(0.9, "", REQUESTS, CHECK), "p90"),
            query(of("identity:session_check_seconds:p99"), "p99 of {{instance}}")
          ],
          alerts: ["IdentitySlow"]
        },
        {
          title: "Sign-ins",
          text: "How long `POST /sessions` takes, most of which is hashing the password.",
          unit: "seconds",
          queries: [
            query(quantile(0.5, "", REQUESTS, SIGN_IN), "p50"),
            query(quantile(0.9, "", REQUESTS, SIGN_IN), "p90"),
            query(of("identity:sign_in_seconds:p99"), "p99 of {{instance}}")
          ],
          alerts: ["IdentitySignInsSlow"]
        },
        {
          title: "Slowest routes",
          text: "99 of 100 requests of a route take no longer.",
          unit: "seconds",
          queries: [
            query(quantile(0.99, "http_request_method, http_route", REQUESTS), "{{http_request_method}} {{http_route}}")
          ]
        }
      ]
    },
    {
      title: "Saturation",
      panels: [
        {
          title: "Requests under way",
          text: "Requests that have arrived and are not answered yet.",
          unit: "count",
          queries: [query(`sum by (instance) (${of("http_server_active_requests")})`, "{{instance}}")]
        },
        {
          title: "Connections refused in five minutes",
          text: "Connections closed at once because all that may be were open, or a quarter by one client.",
          unit: "count",
          queries: [query(`increase(${of("identity:connections_refused:total")}[5m])`, "{{instance}}")],
          alerts: ["IdentityConnectionsRefused"]
        }
      ]
    }
  ]
}
