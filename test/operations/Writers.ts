/** People who sign up, in and out without a pause, and a record of what they were told. */
import { Effect, Schema } from "effect"
import { setTimeout as pause } from "node:timers/promises"

/** How soon somebody asks again after a 503. */
const AGAIN_MS = 20

const PASSWORD = "correct horse battery staple"

interface Asked {
  readonly token?: string
  readonly key?: string
  readonly json?: unknown
}

interface Acknowledged {
  readonly accounts: Array<string>
  /** The tokens of sessions, by email, that were acknowledged and not ended. */
  readonly live: Map<string, string>
  readonly ended: Array<string>
}

const Session = Schema.fromJsonString(Schema.Struct({ token: Schema.String }))

export class Writers {
  readonly acknowledged: Acknowledged = { accounts: [], live: new Map(), ended: [] }
  /** How often each status was answered. */
  readonly statuses = new Map<string, number>()
  /** When writes were acknowledged, on the clock of `performance.now`. */
  readonly acknowledgedAt: Array<number> = []
  /** Answers that nobody should get: neither what was asked for nor 503. */
  readonly wrong: Array<string> = []
  readonly #url: string
  #isStopped = false

  constructor(url: string) {
    this.#url = url
  }

  /** Has some people write while an effect runs, and waits until each has finished. */
  during<A, E, R>(count: number, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.acquireUseRelease(
      Effect.sync(() => ({ ended: Promise.all(Array.from({ length: count }, (_, writer) => this.#write(writer))) })),
      () => effect,
      ({ ended }) =>
        Effect.promise(() => {
          this.#isStopped = true
          return ended
        })
    )
  }

  /** The status of a session check. */
  check(token: string): Promise<number> {
    return this.#ask("GET", "/sessions/me", [200, 401], { token }).then(({ status }) => status)
  }

  async #write(writer: number): Promise<void> {
    for (let round = 0; !this.#isStopped; round += 1) {
      const email = `writer-${writer}-${round}@example.com`
      const account = { email, password: PASSWORD, display_name: "Ada" }
      if (await this.#until("POST", "/accounts", [201], { json: account, key: `sign-up-${email}` }) === undefined) {
        return
      }
      this.acknowledged.accounts.push(email)
      const signedIn = await this.#until("POST", "/sessions", [201], {
        json: { email, password: PASSWORD },
        key: `sign-in-${email}`
      })
      if (signedIn === undefined) return
      const { token } = Schema.decodeSync(Session)(signedIn)
      this.acknowledged.live.set(email, token)
      if (round % 2 === 0) continue
      this.acknowledged.live.delete(email)
      // The first answer may have been lost with the primary after the session had ended.
      if (await this.#until("DELETE", "/sessions/me", [204, 401], { token }) === undefined) return
      this.acknowledged.ended.push(token)
    }
  }

  /** Asks again until the answer is one of those that were asked for. Undefined when it ended without. */
  async #until(
    method: string,
    path: string,
    expected: ReadonlyArray<number>,
    asked: Asked
  ): Promise<string | undefined> {
    for (;;) {
      const { status, text } = await this.#ask(method, path, expected, asked)
      if (expected.includes(status)) {
        this.acknowledgedAt.push(performance.now())
        return text
      }
      if (status !== 503) return undefined
      await pause(AGAIN_MS)
    }
  }

  async #ask(method: string, path: string, expected: ReadonlyArray<number>, { json, key, token }: Asked) {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
        ...(json === undefined ? {} : { "content-type": "application/json" })
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) })
    }).then(
      async (response) => ({ status: response.status, text: await response.text() }),
      (error: unknown) => ({ status: 0, text: String(error) })
    )
    const told = answer.status === 0 ? answer.text : String(answer.status)
    this.statuses.set(told, (this.statuses.get(told) ?? 0) + 1)
    if (answer.status !== 503 && !expected.includes(answer.status)) {
      this.wrong.push(`${method} ${path}: ${told} ${answer.text}`)
    }
    return answer
  }
}
