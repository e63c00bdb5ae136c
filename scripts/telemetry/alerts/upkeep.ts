/** Alerts about problems that do no harm yet. */
import type { Alert } from "../Description.ts"
import { growth, of } from "./shapes.ts"

const HOUR = 3600
const DAY = 24 * HOUR

const certificate = (days: number) => of("identity_tls_certificate_expiry_timestamp_seconds", `${days * DAY}x20`)

const replaceCertificate = [
  "Renew the certificate and write it to the files of `IDENTITY_TLS_CERT` and `IDENTITY_TLS_KEY`. It is served within half a " +
  "minute, without a restart.",
  "The log says `The TLS files were read again`, or why the pair can't be used."
]

const expires = (
  name: string,
  severity: Alert["severity"],
  days: number
): Alert => ({
  name,
  severity,
  value: `(identity_tls_certificate_expiry_timestamp_seconds - time()) / ${DAY}`,
  is: "below",
  threshold: days,
  unit: "days",
  summary: "The TLS certificate of {{ $labels.instance }} expires in {{ $value | printf \"%.0f\" }} days",
  means: "When it has expired, no client connects any more.",
  look: ["What renews it (certbot, a mesh, somebody's calendar), and when it last did."],
  act: replaceCertificate,
  fires: { series: certificate(days - 1), at: "5m" },
  quiet: { series: certificate(days + 1), at: "5m" }
})

export const upkeepAlerts: ReadonlyArray<Alert> = [
  {
    name: "IdentityPruneLags",
    severity: "ticket",
    value: "time() - max by (job) (identity_prune_completed_timestamp_seconds)",
    is: "above",
    threshold: HOUR,
    unit: "seconds",
    for: "5m",
    summary: "Old records have not been removed for {{ $value | humanizeDuration }}",
    means: "Ended sessions, old keys and attempts stay in the database, which grows. Requests are not affected.",
    look: ["The log: `Expired records can't be deleted now`, with the reason. A clock that is far off prunes nothing."],
    act: ["Mend what it says, or run `identity prune` by hand: it says more, and may run beside the server."],
    fires: { series: of("identity_prune_completed_timestamp_seconds", "0x100"), at: "70m" },
    quiet: { series: of("identity_prune_completed_timestamp_seconds", "0x40 3000x60"), at: "70m" }
  },
  {
    name: "IdentityAuditBroken",
    severity: "page",
    value: "identity_audit_breaks",
    is: "above",
    threshold: 0,
    unit: "count",
    summary: "The audit log is broken in {{ $value }} places: somebody may have tampered with it",
    means:
      "An entry was changed, removed or added by somebody with the rights of the database's owner, or a restore lost some.",
    look: [
      "`identity audit-log --verify` names each place, `--since-checkpoint FILE` what has changed since a checkpoint.",
      "During an upgrade: are all places `entry-unreadable`, and does `identity audit-log --verify` of the newest release that " +
      "wrote find nothing? An earlier one can't read entries of kinds that are new.",
      "Was the database restored or edited by hand? Who has the owner's password?"
    ],
    act: [
      "Keep a dump of the database as it is, before anything else.",
      "Treat it as a break-in until it is explained: change the owner's password and the signing keys, end all sessions."
    ],
    fires: { series: of("identity_audit_breaks", "2x10"), at: "5m" },
    quiet: { series: of("identity_audit_breaks", "0x10"), at: "5m" }
  },
  {
    name: "IdentityAuditUnverified",
    severity: "ticket",
    value: `(time() - max by (job) (identity_audit_verified_timestamp_seconds)) / ${DAY}`,
    is: "above",
    threshold: 3,
    unit: "days",
    summary: "The audit log has not been verified for {{ $value | printf \"%.0f\" }} days",
    means: "A server verifies it once a day. Tampering would go unnoticed now.",
    look: ["*Runtime and database*: does the database answer? A verification reads the whole log."],
    act: ["`identity audit-log --verify`, and see what it says."],
    fires: { series: of("identity_audit_verified_timestamp_seconds", `-${4 * DAY}x20`), at: "5m" },
    quiet: { series: of("identity_audit_verified_timestamp_seconds", `-${2 * DAY}x20`), at: "5m" }
  },
  expires("IdentityCertificateExpires", "ticket", 14),
  expires("IdentityCertificateExpiresSoon", "page", 2),
  {
    name: "IdentitySchemaOutdated",
    severity: "ticket",
    value: "identity_schema_pending_migrations",
    is: "above",
    threshold: 0,
    unit: "count",
    for: "15m",
    summary: "{{ $labels.instance }} waits for {{ $value }} migrations and is not ready",
    means: "A new release was started before its migrations were applied. It answers 503 until then.",
    look: ["`identity migrate --dry-run` lists what is pending."],
    act: ["`identity migrate`, as the owner of the database, then the grants that the changelog names."],
    fires: { series: of("identity_schema_pending_migrations", "1x30"), at: "20m" },
    quiet: { series: of("identity_schema_pending_migrations", "1x10 0x20"), at: "20m" }
  },
  {
    name: "IdentityVersionsDiffer",
    severity: "ticket",
    value: "count by (job) (count by (job, version) (identity_build_info))",
    is: "above",
    threshold: 1,
    unit: "count",
    for: "2h",
    summary: "{{ $value }} releases have been running side by side for two hours",
    means: "Two releases work side by side during an upgrade. For longer than that, somebody has forgotten a server.",
    look: ["*Runtime and database*, panel *Releases*: which instance runs which?"],
    act: ["Finish the upgrade, or go back: docs/guides/upgrade.md."],
    fires: {
      series: {
        [`identity_build_info{job="identity",instance="a",version="1"}`]: "1x200",
        [`identity_build_info{job="identity",instance="b",version="2"}`]: "1x200"
      },
      at: "130m"
    },
    quiet: {
      series: {
        [`identity_build_info{job="identity",instance="a",version="1"}`]: "1x60",
        [`identity_build_info{job="identity",instance="b",version="2"}`]: "1x200"
      },
      at: "130m"
    }
  },
  {
    name: "IdentityTelemetryLost",
    severity: "ticket",
    ...growth("exports_failed", "10m"),
    for: "10m",
    summary: "Traces or metrics of {{ $labels.instance }} do not reach their collector",
    means: "Requests are not concerned. What can't be sent is dropped.",
    look: ["The log: `Telemetry is not getting through`, with `signal` and `reason`."],
    act: ["Mend the collector or its address, or switch pushing off with `OTEL_SDK_DISABLED=true`."],
    fires: {
      series: of("http_client_request_duration_seconds_count", "_x5 0+1x40", `error_type="503"`),
      at: "30m"
    },
    quiet: {
      series: of("http_client_request_duration_seconds_count", "_x5 1x40", `error_type="503"`),
      at: "30m"
    }
  }
]
