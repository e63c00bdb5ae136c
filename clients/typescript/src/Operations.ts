/** The requests of the API document as one function takes and answers them. */
import type { Operations } from "./api.ts"
import { isOfType, malformed, parsed } from "./exchange.ts"
import type { Answered, Sent } from "./exchange.ts"
import { handedOn } from "./Visitor.ts"
import type { Visitor } from "./Visitor.ts"

/** The name of a request: its method and path, as the API document has them. */
export type Operation = keyof Operations

interface CallOptions {
  /** The session's token. It is sent as `Authorization`. */
  readonly token?: string | undefined
  /** For whom this is asked: their credentials, device, origin, user agent and trace are handed on. */
  readonly visitor?: Visitor | undefined
  /** More headers, such as `x-forwarded-for`. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined
  readonly signal?: AbortSignal | undefined
}

type Options<O extends Operation> = CallOptions & Operations[O]["input"]

/** What a request takes. It may be left out if nothing in it is required. */
export type Input<O extends Operation> = Record<never, never> extends Options<O> ? [options?: Options<O>]
  : [options: Options<O>]

type Success<Answers> = {
  readonly [S in keyof Answers]: {
    readonly ok: true
    readonly status: S
    readonly body: Answers[S]
    readonly headers: Headers
  }
}[keyof Answers]

/** What was done, or the problem why it was not. Later releases may add problems. */
export type Answer<O extends Operation> =
  | Success<Operations[O]["answers"]>
  | { readonly ok: false; readonly problem: Operations[O]["problem"]; readonly headers: Headers }

/** What inputs have in common, for the function that reads them all. */
export interface AnyInput extends CallOptions {
  readonly path?: Readonly<Record<string, string>> | undefined
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined
  readonly body?: unknown
}

export const sentOf = (operation: Operation, input: AnyInput): Sent => {
  const { body, headers, path = {}, query = {}, token, visitor } = input
  const [method = "", template = ""] = operation.split(" ")
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => segment(name, path[name]))
  const parameters = new URLSearchParams(present(query)).toString()
  return {
    method,
    path: parameters === "" ? filled : `${filled}?${parameters}`,
    headers: {
      ...(visitor === undefined ? {} : handedOn(visitor)),
      ...present(headers ?? {}),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" })
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  }
}

/** An id of somebody else's choice must not name another resource: addresses with `.` and `..` are shortened. */
const segment = (name: string, value = ""): string => {
  if (["", ".", ".."].includes(value)) throw new TypeError(`"${value}" is no ${name}`)
  return encodeURIComponent(value)
}

const present = (values: Readonly<Record<string, string | number | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => value === undefined ? [] : [[name.toLowerCase(), String(value)]])
  )

/** The body of a success. Its members are trusted to be what the document says. */
export const bodyOf = ({ headers, status, text = "" }: Answered): unknown => {
  if (status === 204) return undefined
  const body = parsed(text)
  if (typeof body === "object" && body !== null && isOfType(headers, "application/json")) return body
  throw malformed(status, "without an object")
}
