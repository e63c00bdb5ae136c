/** The client of one service. */
import { exchange } from "./exchange.ts"
import type { Sent } from "./exchange.ts"
import { bodyOf, sentOf } from "./Operations.ts"
import type { Answer, AnyInput, Input, Operation } from "./Operations.ts"
import { addressOf, checkOf } from "./Session.ts"
import type { Check, Requirements, Session } from "./Session.ts"
import { SharedChecks } from "./SharedChecks.ts"
import { limited, retried } from "./time.ts"
import { changesNothing, credentialsOf, fieldsOf, ORIGIN, picked, TRACE } from "./Visitor.ts"
import type { Visitor } from "./Visitor.ts"

export interface ClientSettings {
  /** Where the service is, with its path. In a browser it may be a path alone. */
  readonly url: string
  /** The most milliseconds that one call takes, with all its tries. 5,000 by default. */
  readonly timeout?: number | undefined
  /** Whether a browser sends cookies: `"include"` if the service is on another origin of the same site. */
  readonly credentials?: RequestInit["credentials"]
  /** A `fetch` of your own, for example one with a pool of connections. */
  readonly fetch?: typeof fetch | undefined
}

export interface CheckOptions extends Requirements {
  readonly signal?: AbortSignal | undefined
}

export interface Client {
  /**
   * The live session that a visitor's request proves, or `null`. A request by cookie that changes something and comes
   * from another site's page has none. Fails with `Unavailable` if the service can't say.
   */
  readonly session: (visitor: Visitor, options?: CheckOptions) => Promise<Session | null>

  /** The same with the reason why there is no session. */
  readonly check: (visitor: Visitor, options?: CheckOptions) => Promise<Check>

  /**
   * Sends a request of the API: `request("POST /sessions", { body: { email, password } })`. A refusal is an answer with
   * a `problem`. Fails with `Unavailable` if there is no answer; what changes something may have had its effect then.
   */
  readonly request: <O extends Operation>(operation: O, ...input: Input<O>) => Promise<Answer<O>>
}

const TIMEOUT = 5000

const NOTHING_PROVEN: Check = { session: null }

/** A client of the service at `url`. */
export const identity = ({ credentials, fetch, timeout = TIMEOUT, url }: ClientSettings): Client => {
  const checks = new SharedChecks<Check>()
  const settings = {
    url: url.replace(/\/+$/, ""),
    credentials,
    // Browsers refuse `fetch` as a method of another object.
    fetch: fetch ?? ((...sent: Parameters<typeof globalThis.fetch>) => globalThis.fetch(...sent))
  }

  const check: Client["check"] = async (visitor, options = {}) => {
    const sent = checkSent(visitor, options)
    if (sent === undefined) return NOTHING_PROVEN
    const { trace, ...equal } = sent
    const ask = async (signal: AbortSignal) =>
      checkOf(await exchange(settings, { ...equal, headers: { ...equal.headers, ...trace } }, signal))
    return tried(equal, options.signal, (signal) => checks.ask(JSON.stringify(equal), signal, ask))
  }

  /** Runs one call: within its time, and again if that can't do anything twice. */
  const tried = <A>(
    { method }: Sent,
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<A>
  ): Promise<A> =>
    limited(
      { timeout, signal },
      (signal) => method === "GET" ? retried(timeout, signal, () => run(signal)) : run(signal)
    )

  // The types are the document's. What comes is trusted to be what it says.
  function request<O extends Operation>(operation: O, ...input: Input<O>): Promise<Answer<O>>
  async function request(operation: Operation, input: AnyInput = {}): Promise<unknown> {
    const sent = sentOf(operation, input)
    const answered = await tried(sent, input.signal, (signal) => exchange(settings, sent, signal))
    const { headers, problem, status } = answered
    return problem === undefined
      ? { ok: true, status, headers, body: bodyOf(answered) }
      : { ok: false, headers, problem }
  }

  return { check, session: async (visitor, options) => (await check(visitor, options)).session, request }
}

/**
 * The question about a visitor's request. `undefined` if it has no credentials. It is asked by a method that is as safe
 * as the visitor's, because the service checks the origin of unsafe ones. So it need not believe a header about the
 * visitor's method, nor trust this program as a proxy.
 */
const checkSent = (visitor: Visitor, requirements: Requirements) => {
  const fields = fieldsOf(visitor)
  const credentials = credentialsOf(fields)
  return credentials && {
    method: changesNothing(visitor, fields) ? "GET" : "POST",
    path: addressOf(requirements),
    headers: { ...credentials, ...picked(fields, ORIGIN) },
    trace: picked(fields, TRACE)
  }
}
