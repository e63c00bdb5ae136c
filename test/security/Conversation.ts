/** Requests to a server in a process of its own, and their answers as text. */
import { Effect, Option, Schema } from "effect"
import { request } from "../e2e/IdentityProcess.ts"

export interface Asked {
  readonly json?: unknown
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Reply {
  readonly status: number
  /** Headers and body, as they came. */
  readonly text: string
  /** Of the session in the body, or empty. */
  readonly token: string
  readonly device: string
  readonly id: string
}

const Known = Schema.fromJsonString(
  Schema.Struct({
    token: Schema.optionalKey(Schema.String),
    device: Schema.optionalKey(Schema.String),
    id: Schema.optionalKey(Schema.String)
  })
)

export const ask = Effect.fnUntraced(function*(url: string, method: string, { body, headers, json }: Asked = {}) {
  const response = yield* request(url, {
    method,
    headers: { ...(json === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    ...(body === undefined ? {} : { body })
  })
  const text = yield* Effect.promise(() => response.text())
  const known = Option.getOrUndefined(Schema.decodeOption(Known)(text))
  const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n")
  const reply: Reply = {
    status: response.status,
    text: `${head}\n\n${text}`,
    token: known?.token ?? "",
    device: known?.device ?? "",
    id: known?.id ?? ""
  }
  return reply
})

/** A request and the status that answers it. `own` names the canaries that may be in the answer. */
export type Case = readonly [statuses: number, method: string, path: string, asked?: Asked, own?: ReadonlyArray<string>]

/** A key sent where it belongs, and where it doesn't. */
export const withApiKey = (apiKey: string, own: ReadonlyArray<string>): ReadonlyArray<Case> => {
  const headers = { authorization: `Bearer ${apiKey}` }
  return [
    [200, "GET", "/admin/accounts", { headers }, own],
    [403, "GET", "/admin/audit-log", { headers }],
    [401, "GET", `/admin/accounts?key=${apiKey}`],
    [401, "GET", "/admin/accounts", { headers: { authorization: `Bearer ${apiKey}A` } }],
    [404, "GET", `/admin/accounts/${apiKey}`, { headers }],
    [422, "GET", `/admin/accounts?after=${apiKey}&status=${apiKey}`, { headers }],
    [404, "GET", `/${apiKey}`]
  ]
}
