/** Which changes were acknowledged, by the name of their audit entry; what is acknowledged twice counts once. */
export class Ledger {
  readonly #entered = new Map<string, Set<string>>()
  #unnamed = 0

  enter(method: string, path: string, answered: Answered): void {
    if (answered.status >= 400) return
    const place = path.startsWith("/sessions/ses_") ? "/sessions/{id}" : path
    for (const { action, subject } of consequences(`${method} ${place}`, path, answered)) {
      const subjects = this.#entered.get(action) ?? new Set()
      this.#entered.set(action, subjects.add(subject ?? `#${this.#unnamed += 1}`))
    }
  }

  /** The number of changes by action. */
  changes(): Readonly<Record<string, number>> {
    return sorted([...this.#entered].map(([action, subjects]) => [action, subjects.size]))
  }

  /** The same of an audit log, without the refusals and limits in it, which change nothing. */
  changesIn(audited: ReadonlyArray<Counted>): Readonly<Record<string, number>> {
    return sorted(
      audited.filter(({ action }) => !/\.(?:refused|limited)$/.test(action)).map(({ action, count }) => [action, count])
    )
  }
}

interface Answered {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly account: string | undefined
}

interface Counted {
  readonly action: string
  readonly count: number
}

interface Consequence {
  readonly action: string
  /** What tells it from other changes of its kind, if anything does. */
  readonly subject?: string | undefined
}

const consequences = (request: string, path: string, { account, body }: Answered): ReadonlyArray<Consequence> => {
  switch (request) {
    case "POST /accounts":
      return [{ action: "account.created", subject: String(body["id"]) }]
    case "POST /sessions":
      return [{ action: "session.started", subject: String(body["id"]) }]
    case "PATCH /accounts/me":
      return [{ action: "account.updated", subject: `${body["id"]} ${body["version"]}` }]
    case "PUT /accounts/me/password":
      return [{ action: "password.changed" }, { action: "session.started", subject: String(body["id"]) }]
    case "DELETE /accounts/me":
      return [{ action: "account.deleted", subject: account }]
    case "DELETE /sessions":
      return [{ action: "sessions.revoked" }]
    case "DELETE /sessions/me":
      return [{ action: "session.ended" }]
    case "DELETE /sessions/{id}":
      return [{ action: "session.revoked", subject: path }]
    default:
      return []
  }
}

const sorted = (counts: ReadonlyArray<readonly [string, number]>): Readonly<Record<string, number>> =>
  Object.fromEntries(counts.toSorted(([one], [other]) => one < other ? -1 : 1))
