/** Sends requests, and keeps what was asked, what was answered, and when. */
import { Option, Schema } from "effect"
import { writeFileSync } from "node:fs"
import { Agent, request } from "node:http"

export type Kind =
  | "sign-up"
  /** One of two for the same address at the same time, without a key. */
  | "contested sign-up"
  | "sign-in"
  | "check"
  | "list"
  | "rename"
  | "sign-out"
  | "change-password"
  | "abuse"

export interface Asked {
  readonly kind: Kind
  readonly method: string
  readonly path: string
  /** Whose request it is. */
  readonly email: string
  /** The session that it is asked with. */
  readonly session?: Session | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
}

export interface Session {
  readonly id: string
  readonly token: string
}

export interface Exchange {
  readonly kind: Kind
  readonly email: string
  /** The id of the session that it was asked with. */
  readonly session: string | undefined
  /** What a rename asked for. */
  readonly name: string | undefined
  /** Milliseconds of a clock that only goes forward. */
  readonly sentAt: number
  readonly answeredAt: number
  /** 0 when there was no whole answer. */
  readonly status: number
  /** The code of a problem, or why there was no answer. */
  readonly code: string | undefined
  /** Whether a connection was accepted: a refused one never was the server's. */
  readonly isAccepted: boolean
  /** Whether an earlier request was answered on the same connection. */
  readonly isKept: boolean
  readonly hasRetryAfter: boolean
  readonly body: Readonly<Record<string, unknown>>
}

export const isRefused = ({ isAccepted, status }: Exchange): boolean => status === 0 && !isAccepted

export const millisecondsOf = ({ answeredAt, sentAt }: Exchange): number => answeredAt - sentAt

/** Longer than any promise, so that a missed one is seen. */
const PATIENCE_MS = 20_000

const JsonObject = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))

export class Recorder {
  readonly exchanges: Array<Exchange> = []
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Infinity })

  /** Sends to a server, whatever becomes of it. */
  send(url: string, asked: Asked): Promise<Exchange> {
    const sentAt = performance.now()
    return new Promise((resolve) => {
      let isAccepted = false
      const conclude = (outcome: Outcome): void => {
        const { email, json, kind, session } = asked
        const exchange: Exchange = {
          kind,
          email,
          session: session?.id,
          name: kind === "rename" ? nameIn(json) : undefined,
          sentAt,
          answeredAt: performance.now(),
          isAccepted,
          isKept: sent.reusedSocket,
          ...outcome
        }
        this.exchanges.push(exchange)
        resolve(exchange)
      }
      const fail = (error: NodeJS.ErrnoException): void =>
        conclude({ status: 0, code: error.code ?? error.message, hasRetryAfter: false, body: {} })
      const sent = request(`${url}${asked.path}`, {
        method: asked.method,
        agent: this.#agent,
        timeout: PATIENCE_MS,
        headers: headersOf(asked)
      }, (answer) => {
        let text = ""
        answer.setEncoding("utf8").on("data", (chunk: string) => text += chunk).on("error", fail).on("end", () => {
          const body = Option.getOrElse(Schema.decodeOption(JsonObject)(text), () => ({}))
          conclude({
            status: answer.statusCode ?? 0,
            code: "code" in body ? String(body["code"]) : undefined,
            hasRetryAfter: answer.headers["retry-after"] !== undefined,
            body
          })
        })
      })
      sent.on("socket", (socket) => {
        if (!socket.connecting) isAccepted = true
        else socket.once("connect", () => isAccepted = true)
      })
      sent.on("timeout", () => sent.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })))
      sent.on("error", fail)
      sent.end(asked.json === undefined ? undefined : JSON.stringify(asked.json))
    })
  }

  /** One line of JSON for each exchange. */
  write(file: string): void {
    writeFileSync(file, this.exchanges.map((exchange) => `${JSON.stringify(exchange)}\n`).join(""))
  }

  close(): void {
    this.#agent.destroy()
  }
}

type Outcome = Pick<Exchange, "body" | "code" | "hasRetryAfter" | "status">

const headersOf = ({ headers, json, session }: Asked): Record<string, string> => ({
  ...(session === undefined ? {} : { authorization: `Bearer ${session.token}` }),
  ...(json === undefined ? {} : { "content-type": "application/json" }),
  ...headers
})

const nameIn = (json: unknown): string | undefined =>
  typeof json === "object" && json !== null && "display_name" in json ? String(json.display_name) : undefined
