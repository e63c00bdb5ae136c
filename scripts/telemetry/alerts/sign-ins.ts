/** Alerts about sign-ins: people who can't, and attackers who try. */
import type { Alert } from "../Description.ts"
import { growth, of, UP } from "./shapes.ts"

const signIns = (refused: string, succeeded: string) => ({
  ...UP,
  [`identity_sign_ins_total{job="identity",instance="a",outcome="refused"}`]: refused,
  [`identity_sign_ins_total{job="identity",instance="a",outcome="succeeded"}`]: succeeded
})

const codes = (refused: string, succeeded: string) => ({
  ...UP,
  [`identity_challenges_answered_total{job="identity",instance="a",purpose="recovery",outcome="refused"}`]: refused,
  [`identity_challenges_answered_total{job="identity",instance="a",purpose="recovery",outcome="succeeded"}`]: succeeded
})

const recoveriesWithin = (range: string) => `sum by (job) (rate(identity:recoveries_started:total${range}))`

/**
 * Recoveries of a service that had as many as one a minute for a day makes, but soon, then none for half an hour, then
 * some. Beside it, those of one that had none.
 */
const recoveries = (afterwards: string, ofAnother: string) => ({
  [`identity_challenges_started_total{job="identity",instance="a",purpose="recovery"}`]:
    `0+12x120 1440x30 ${afterwards}`,
  [`identity_challenges_started_total{job="another",instance="b",purpose="recovery"}`]: `0x151 ${ofAnother}`
})

const limited = (budget: string, values: string) =>
  of("identity_attempts_limited_total", values, `action="sign-in",budget="${budget}",outcome="refused"`)

const hashes = (values: string) => of("identity_password_hashes_refused_total", values, `reason="time"`)

const queue = (values: string) => of("identity_password_hash_queue_length", values)

export const signInAlerts: ReadonlyArray<Alert> = [
  {
    name: "IdentitySignInsRefused",
    severity: "ticket",
    value:
      "sum by (job) (rate(identity:sign_ins_refused:total[10m])) - sum by (job) (rate(identity:sign_ins_succeeded:total[10m]))",
    is: "above",
    threshold: 1,
    unit: "per second",
    for: "10m",
    summary: "Each second, at least one sign-in more is refused than succeeds: somebody may be guessing passwords",
    means:
      "People mistype now and then; more refusals than successes are a program. Limits keep it from getting far with any " +
      "one account, but it may know passwords from elsewhere.",
    look: [
      "`identity audit-log --action sign-in.refused --limit 100`: few networks, or many?",
      "*Identity*, panel *Attempts over a limit*: which budgets refuse?"
    ],
    act: [
      "Few networks: block them at the proxy.",
      "Many networks: tell people whose sign-in succeeded from one of them, and end those sessions with " +
      "`identity revoke-sessions --all-accounts --ip NETWORK`.",
      "A client of your own with a stale password shows as one account: tell its owner."
    ],
    fires: { series: signIns("0+120x60", "0+1x60"), at: "30m" },
    quiet: { series: signIns("0+120x60", "0+100x60"), at: "30m" }
  },
  {
    name: "IdentityCodesRefused",
    severity: "ticket",
    value:
      "sum by (job) (rate(identity:codes_refused:total[10m])) - sum by (job) (rate(identity:codes_accepted:total[10m]))",
    is: "above",
    threshold: 0.5,
    unit: "per second",
    for: "10m",
    summary:
      "Every two seconds, at least one code of a mail more is refused than accepted: somebody may be guessing codes",
    means:
      "A challenge takes five answers of a hundred million codes, so guessing takes very many recoveries. Each try sends a " +
      "mail that nobody asked for.",
    look: [
      "*Identity*, panel *Answers by outcome*: which purpose?",
      "`identity audit-log --action recovery.refused --limit 100`: few networks, or many?"
    ],
    act: [
      "Few networks: block them at the proxy.",
      "Many networks: the limits on mails for an address and for a network hold. Tell people who are mailed to ignore it."
    ],
    fires: { series: codes("0+60x60", "0+1x60"), at: "30m" },
    quiet: { series: codes("0+60x60", "0+50x60"), at: "30m" }
  },
  {
    name: "IdentityRecoveriesUnusual",
    severity: "ticket",
    value: recoveriesWithin("[30m]"),
    is: "above",
    threshold: 0.017,
    unit: "per second",
    provided: `and ${recoveriesWithin("[30m]")} > 5 * ${recoveriesWithin("[1d] offset 30m")}`,
    for: "5m",
    summary: "More than 30 recoveries in half an hour, and five times as many as the day before",
    means:
      "Somebody asks for recoveries of other people's accounts, or many people can't sign in. The former get mails " +
      "that they didn't ask for; their accounts are safe, because nobody else has the codes. A service that is younger " +
      "than a day has little to compare with.",
    look: [
      "`identity audit-log --action recovery.started --limit 100`: few networks, or many? The same accounts again and again?",
      "*Identity*, panels *Mails with a code asked for* and *Sign-ins by outcome*: do people fail to sign in, too?"
    ],
    act: [
      "Few networks: block them at the proxy.",
      "Many networks: the limits on mails for an address and for a network hold. Tell people who are mailed to ignore it.",
      "It is people: an import without passwords, or an announcement that sent them here. Wait until they are through."
    ],
    fires: { series: recoveries("1446+6x60", "0x60"), at: "200m" },
    quiet: { series: recoveries("1444+4x60", "0+0.8x60"), at: "200m" }
  },
  {
    name: "IdentityServiceLimitReached",
    severity: "page",
    value: "sum by (job) (increase(identity:service_limits:total[5m]))",
    is: "above",
    threshold: 0,
    unit: "count",
    for: "5m",
    summary: "The limit of the whole service refuses sign-ins or sign-ups, and may meet people",
    means:
      "So many attempts failed that the limit of the service is used up. Known devices still get in, and each network that " +
      "was quiet has one attempt an hour. Other people get 429.",
    look: [
      "*Identity*, panel *Attempts over a limit*.",
      "The networks of the attempts, as for IdentitySignInsRefused."
    ],
    act: [
      "Block the networks of the attack at the proxy. The limit recovers by ten attempts a second.",
      "If it is a launch and no attack, wait: right passwords count for nothing here."
    ],
    fires: { series: limited("everywhere", "_x5 0+60x60"), at: "20m" },
    quiet: { series: limited("account", "_x5 0+60x60"), at: "20m" }
  },
  {
    name: "IdentityHashingQueues",
    severity: "ticket",
    value: "min_over_time(identity_password_hash_queue_length[5m])",
    is: "above",
    threshold: 0,
    unit: "count",
    summary: "Sign-ins have been waiting for a core of {{ $labels.instance }} for five minutes",
    means:
      "Passwords arrive faster than the cores hash them. Sign-ins take up to a second longer; session checks do not.",
    look: ["*Identity*: *Hashes waiting*, *Time of a hash*, *Sign-ins by outcome*."],
    act: [
      "If it is people: add an instance, or cores and `IDENTITY_HASH_CONCURRENCY`.",
      "If refused sign-ins rose with it: see [IdentitySignInsRefused](IdentitySignInsRefused.md)."
    ],
    fires: { series: queue("0 3x20"), at: "10m" },
    quiet: { series: queue("0 3 3 0 3 3 3 0x10"), at: "7m" }
  },
  {
    name: "IdentityHashesRefused",
    severity: "page",
    ...growth("hashes_refused", "5m", 5),
    summary: "{{ $labels.instance }} refuses sign-ins because too many wait for a core",
    means:
      "A request that would wait for more than a second is refused at once with 503 `overloaded` and `Retry-After`. People can't " +
      "sign in; people who are signed in notice nothing.",
    look: [
      "*Identity*, panel *Hashes refused*: `network-share` and `account-share` meet one client, `time` and `places` all."
    ],
    act: ["As for [IdentityHashingQueues](IdentityHashingQueues.md), but now."],
    fires: { series: hashes("_x5 10x10"), at: "8m" },
    quiet: { series: hashes("_x5 3x10"), at: "8m" }
  }
]
