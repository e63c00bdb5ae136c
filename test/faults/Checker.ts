/** Holds what was answered against what is stored: every promise that a fault may break. */
import { isRefused } from "./Recorder.ts"
import type { Exchange, Kind } from "./Recorder.ts"
import type { Stored } from "./Stored.ts"

export interface Judgement {
  /** Writes that were acknowledged. */
  readonly acknowledged: number
  /** Acknowledged, and not there any more (P1). */
  readonly lost: ReadonlyArray<string>
  /** Accepted after its end was acknowledged (P2). */
  readonly revived: ReadonlyArray<string>
  /** Refused without an end that anybody asked for. */
  readonly ended: ReadonlyArray<string>
  /** Done twice (P3, P4). */
  readonly doubled: ReadonlyArray<string>
  /** Done in part. */
  readonly half: ReadonlyArray<string>
  /** Changes and entries of the audit log that do not go together (P7). */
  readonly unaudited: ReadonlyArray<string>
  /** Answers that are none of the request's own, nor a 503 that says when to come back. */
  readonly wrong: ReadonlyArray<string>
}

/** The statuses that a request of the crowd may have when nothing goes wrong. */
const USUAL: Readonly<Record<Kind, ReadonlyArray<number>>> = {
  "sign-up": [201],
  "contested sign-up": [201, 409],
  "sign-in": [201],
  check: [200, 401],
  list: [200],
  rename: [200],
  "sign-out": [204],
  "change-password": [200],
  abuse: [400, 408, 413, 415, 422, 431]
}

export const judge = (exchanges: ReadonlyArray<Exchange>, stored: Stored): Judgement => {
  const acknowledged = exchanges.filter(({ kind, status }) =>
    status >= 200 && status < 300 && kind !== "check" && kind !== "list"
  )
  return {
    acknowledged: acknowledged.length,
    lost: [...lostAccounts(acknowledged, stored), ...lostSessions(exchanges, acknowledged, stored)],
    ...livesOf(exchanges, acknowledged),
    doubled: doubled(acknowledged, stored),
    half: half(stored),
    unaudited: unaudited(acknowledged, stored),
    wrong: [...exchanges.filter((exchange) => isWrong(exchange)), ...lateIn(exchanges)].map(
      ({ code, kind, status }) => `${kind}: ${status} ${code ?? ""}`
    )
  }
}

const isWrong = (exchange: Exchange): boolean => {
  const { hasRetryAfter, kind, status } = exchange
  // Whether a connection may be cut is a question of the fault; how long a key is in use is one of its own.
  if (status === 0 || exchange.code === IN_PROGRESS) return false
  return status === 503 ? !hasRetryAfter : !USUAL[kind].includes(status)
}

export const IN_PROGRESS = "request-in-progress"

/** A request that was cut off keeps its key for ten seconds, and the machine may be loaded. */
const KEY_MS = 12_000

/** Requests that are told to wait for an earlier one of their key, long after its end. */
const lateIn = (exchanges: ReadonlyArray<Exchange>): ReadonlyArray<Exchange> => {
  const attempts = new Map<string, number>()
  const late: Array<Exchange> = []
  for (const exchange of exchanges.filter(({ kind }) => kind === "sign-up")) {
    const { answeredAt, code, email, sentAt } = exchange
    if (code !== IN_PROGRESS) attempts.set(email, answeredAt)
    else if (sentAt - (attempts.get(email) ?? 0) > KEY_MS) late.push(exchange)
  }
  return late
}

/** Requests whose connection had been accepted and that got no whole answer. */
export const cutIn = (exchanges: ReadonlyArray<Exchange>): ReadonlyArray<Exchange> =>
  exchanges.filter((exchange) => exchange.status === 0 && !isRefused(exchange))

/** What somebody knows at an instant: whatever was answered later may have happened before it, or not. */
export const asKnownAt = (exchanges: ReadonlyArray<Exchange>, instant: number): ReadonlyArray<Exchange> =>
  exchanges.map((exchange) => exchange.answeredAt <= instant ? exchange : { ...exchange, status: 0 })

const of = (acknowledged: ReadonlyArray<Exchange>, kind: Kind) => acknowledged.filter((it) => it.kind === kind)

const signUps = (acknowledged: ReadonlyArray<Exchange>) =>
  acknowledged.filter(({ kind }) => kind === "sign-up" || kind === "contested sign-up")

const idOf = ({ body }: Exchange): string => String(body["id"])

const lostAccounts = (acknowledged: ReadonlyArray<Exchange>, { accounts }: Stored): ReadonlyArray<string> => {
  const byId = new Map(accounts.map((account) => [account.id, account]))
  const missing = signUps(acknowledged).filter((exchange) => byId.get(idOf(exchange))?.email !== exchange.email)
  const reverted = of(acknowledged, "rename").filter((exchange) => {
    const account = byId.get(idOf(exchange))
    const version = Number(exchange.body["version"])
    return account === undefined || account.version < version ||
      account.version === version && account.name !== exchange.name
  })
  return [...missing, ...reverted].map((exchange) => `${exchange.kind} of ${exchange.email}, ${idOf(exchange)}`)
}

const started = (acknowledged: ReadonlyArray<Exchange>) => [
  ...of(acknowledged, "sign-in"),
  ...of(acknowledged, "change-password")
]

const lostSessions = (
  exchanges: ReadonlyArray<Exchange>,
  acknowledged: ReadonlyArray<Exchange>,
  { sessions }: Stored
): ReadonlyArray<string> => {
  const kept = new Set(sessions.map(({ id }) => id))
  const ends = endsIn(exchanges, acknowledged)
  return started(acknowledged).map(idOf).filter((id) => !kept.has(id) && !ends.has(id)).map((id) => `session ${id}`)
}

interface End {
  readonly askedAt: number
  readonly acknowledgedAt: number
}

/** When somebody first asked for the end of each session, and when one was first acknowledged if it was. */
const endsIn = (
  exchanges: ReadonlyArray<Exchange>,
  acknowledged: ReadonlyArray<Exchange>
): ReadonlyMap<string, End> => {
  const ends = new Map<string, End>()
  const byEmail = Map.groupBy(started(acknowledged), ({ email }) => email)
  for (const { answeredAt, email, kind, sentAt, session = "", status } of exchanges) {
    const sessions = kind === "sign-out" ?
      [session] :
      kind === "change-password" ?
      (byEmail.get(email) ?? []).filter((start) => start.answeredAt <= sentAt).map(idOf) :
      []
    for (const id of sessions) {
      const acknowledgedAt = status >= 200 && status < 300 ? answeredAt : Infinity
      const before = ends.get(id) ?? { askedAt: sentAt, acknowledgedAt }
      ends.set(id, {
        askedAt: Math.min(before.askedAt, sentAt),
        acknowledgedAt: Math.min(before.acknowledgedAt, acknowledgedAt)
      })
    }
  }
  return ends
}

/** Checks that accept what has ended, and that refuse what has not. */
const livesOf = (
  exchanges: ReadonlyArray<Exchange>,
  acknowledged: ReadonlyArray<Exchange>
): Pick<Judgement, "ended" | "revived"> => {
  const ends = endsIn(exchanges, acknowledged)
  const revived: Array<string> = []
  const ended: Array<string> = []
  for (const { answeredAt, sentAt, session, status } of exchanges) {
    if (session === undefined) continue
    const end = ends.get(session)
    if (status >= 200 && status < 300 && end !== undefined && sentAt > end.acknowledgedAt) {
      revived.push(`session ${session}`)
    }
    if (status === 401 && (end === undefined || answeredAt < end.askedAt)) ended.push(`session ${session}`)
  }
  return { revived, ended }
}

const doubled = (acknowledged: ReadonlyArray<Exchange>, { accounts, entries }: Stored): ReadonlyArray<string> => {
  const answers = Map.groupBy(signUps(acknowledged), ({ email }) => email)
  const owners = Map.groupBy(accounts, ({ email }) => email)
  return [
    ...[...answers].filter(([, ups]) => new Set(ups.map(idOf)).size > 1).map(([email]) => `two answers to ${email}`),
    ...[...owners].filter(([, own]) => own.length > 1).map(([email]) => `two accounts of ${email}`),
    ...entries.filter(({ action, count }) => count > 1 && ONCE.includes(action)).map(({ action, subject }) =>
      `twice ${action} ${subject}`
    )
  ]
}

/** What can happen to a subject once. */
const ONCE = ["account.created", "session.started", "session.ended"]

const subjectsOf = ({ entries }: Stored, action: string): ReadonlySet<string> =>
  new Set(entries.filter((entry) => entry.action === action).map(({ subject }) => subject))

const half = (stored: Stored): ReadonlyArray<string> => {
  const created = subjectsOf(stored, "account.created")
  const begun = subjectsOf(stored, "session.started")
  const accounts = new Set(stored.accounts.map(({ id }) => id))
  return [
    ...stored.accounts.filter(({ claims }) => claims !== 1).map(({ id }) => `${id} without its claim`),
    ...Array.from({ length: stored.claimsOfNobody }, () => "a claim without its account"),
    ...[...accounts].filter((id) => !created.has(id)).map((id) => `${id} without its entry`),
    ...[...created].filter((id) => !accounts.has(id)).map((id) => `entry without ${id}`),
    ...stored.sessions.filter(({ id }) => !begun.has(id)).map(({ id }) => `${id} without its entry`),
    ...stored.sessions.filter(({ account }) => !accounts.has(account)).map(({ id }) => `${id} without its account`)
  ]
}

const unaudited = (acknowledged: ReadonlyArray<Exchange>, stored: Stored): ReadonlyArray<string> => {
  const begun = subjectsOf(stored, "session.started")
  const ended = subjectsOf(stored, "session.ended")
  const changes = new Map<string, number>()
  for (const { action, count, subject } of stored.entries) {
    if (action === "account.updated" || action === "password.changed") {
      changes.set(subject, (changes.get(subject) ?? 0) + count)
    }
  }
  return [
    ...started(acknowledged).map(idOf).filter((id) => !begun.has(id)).map((id) => `session.started ${id}`),
    ...of(acknowledged, "sign-out").filter(({ session = "" }) => !ended.has(session)).map(({ session }) =>
      `session.ended ${session}`
    ),
    ...stored.accounts.filter(({ id, version }) => version - 1 !== (changes.get(id) ?? 0)).map(({ id, version }) =>
      `version ${version} of ${id}`
    ),
    ...Array.from({ length: stored.breaks }, () => "a break in a chain")
  ]
}
