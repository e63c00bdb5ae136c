/** Clients that never stop asking, and a record of every answer that is not the one that they expect. */
import { Effect, Schema } from "effect"
import { Agent, request } from "node:https"

const PASSWORD = "correct horse battery staple"

/** Of this many requests of a client, one changes its account. */
const CHANGE_EVERY = 100

interface Asked {
  readonly token?: string
  readonly json?: unknown
}

const Session = Schema.fromJsonString(Schema.Struct({ token: Schema.String }))

export class Clients {
  sent = 0
  /** What was answered instead of what was expected. */
  readonly failed: Array<string> = []
  readonly #agent: Agent
  readonly #port: number
  #isStopped = false
  /** Clients with a session from before this number sign in anew. */
  #generation = 0
  #waiting: Array<() => void> = []
  #signedIn = 0

  constructor({ ca, port }: { readonly ca: string; readonly port: number }) {
    this.#port = port
    this.#agent = new Agent({ ca, keepAlive: true })
  }

  /** Has some clients ask while an effect runs. */
  during<A, E, R>(count: number, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.acquireUseRelease(
      Effect.sync(() => ({ ended: Promise.all(Array.from({ length: count }, (_, client) => this.#ask(client))) })),
      () => effect,
      ({ ended }) =>
        Effect.promise(() => {
          this.#isStopped = true
          return ended
        }).pipe(Effect.ensuring(Effect.sync(() => this.#agent.destroy())))
    )
  }

  /** Completes when all of some clients have signed in anew, or something has failed. */
  renew(count: number): Effect.Effect<void> {
    return Effect.promise(() => {
      this.#signedIn = 0
      this.#generation += 1
      return new Promise<void>((resolve) =>
        this.#waiting.push(() => {
          if (this.#signedIn >= count || this.failed.length > 0) resolve()
        })
      )
    })
  }

  async #ask(client: number): Promise<void> {
    const email = `client-${client}@example.com`
    const json = { email, password: PASSWORD }
    await this.#send("POST", "/accounts", 201, { json: { ...json, display_name: "Ada" } })
    let generation = -1
    let token = ""
    for (let round = 0; !this.#isStopped; round += 1) {
      if (generation !== this.#generation) {
        const ended = token
        generation = this.#generation
        const answer = await this.#send("POST", "/sessions", 201, { json })
        if (answer === undefined) return
        token = Schema.decodeSync(Session)(answer).token
        if (ended !== "") await this.#send("DELETE", "/sessions/me", 204, { token: ended })
        this.#signedIn += 1
        for (const check of this.#waiting) check()
      }
      if (round % CHANGE_EVERY === 0) {
        await this.#send("PATCH", "/accounts/me", 200, { token, json: { display_name: `Ada ${round}` } })
      } else await this.#send("GET", "/sessions/me", 200, { token })
    }
  }

  /** The body of the answer, or undefined when it was not what was expected. */
  #send(method: string, path: string, expected: number, { json, token }: Asked): Promise<string | undefined> {
    this.sent += 1
    return new Promise((resolve) => {
      const fail = (problem: string) => {
        this.failed.push(`${method} ${path}: ${problem}`)
        for (const check of this.#waiting) check()
        resolve(undefined)
      }
      const sent = request({
        host: "127.0.0.1",
        port: this.#port,
        path: `/id${path}`,
        method,
        agent: this.#agent,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(method === "PATCH" ? { "if-match": "*" } : {}),
          ...(json === undefined ? {} : { "content-type": "application/json" })
        }
      }, (answer) => {
        let text = ""
        answer.setEncoding("utf8").on("data", (chunk: string) => text += chunk)
        answer.on("error", ({ message }) => fail(message)).on(
          "end",
          () => answer.statusCode === expected ? resolve(text) : fail(`${answer.statusCode} ${text}`)
        )
      })
      sent.on("error", ({ message }) => fail(message)).end(json === undefined ? undefined : JSON.stringify(json))
    })
  }
}
