/** One request to the service, and its answer read whole. */
import { raced } from "./time.ts"
import { Unavailable } from "./Unavailable.ts"

/** A refusal as the service words it (RFC 9457). */
export interface Problem {
  /** The address of a page about this kind of problem. */
  readonly type: string
  readonly title: string
  readonly status: number
  /** What to do about this one, for people. */
  readonly detail: string
  /** The kind of problem, for programs. */
  readonly code: string
  readonly request_id: string
}

export interface ExchangeSettings {
  readonly url: string
  readonly fetch: typeof fetch
  readonly credentials: RequestInit["credentials"]
}

export interface Sent {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** A success with the text of its body, or a refusal. */
export type Answered =
  & { readonly status: number; readonly headers: Headers }
  & ({ readonly problem: Problem; readonly text?: undefined } | { readonly problem?: undefined; readonly text: string })

/**
 * Sends a request. Fails with `Unavailable` if there is no answer, if the answer is 503, or if it is neither a success
 * nor a problem. A redirection is not followed: nothing of ours redirects, and the request may carry a password.
 */
export const exchange = async (
  { credentials, fetch, url }: ExchangeSettings,
  { path, ...sent }: Sent,
  signal: AbortSignal
): Promise<Answered> => {
  const response = await reached(
    // Some frameworks replace `fetch` by one that caches.
    fetch(url + path, {
      ...sent,
      ...(credentials === undefined ? {} : { credentials }),
      cache: "no-store",
      redirect: "manual",
      signal
    }),
    signal
  )
  const text = await reached(response.text(), signal)
  const { headers, status } = response
  if (response.ok) return { status, headers, text }
  const problem = parsed(text)
  if (!isProblem(problem) || problem.status !== status || !isOfType(headers, "application/problem+json")) {
    throw malformed(status, "which is no problem")
  }
  if (status !== 503) return { status, headers, problem }
  throw new Unavailable(problem.detail, { status, retryAfter: secondsIn(headers.get("retry-after")) })
}

/** An answer that can't be the service's, or not of a release that this client knows. */
export const malformed = (status: number, reason: string): Unavailable =>
  new Unavailable(`The answer is ${status}, ${reason}. Is the address of the service right?`, { status })

export const isOfType = (headers: Headers, type: string): boolean =>
  (headers.get("content-type") ?? "").split(";")[0]?.trim() === type

/** The value of a JSON text. `undefined` if it is none. */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "status" in value && "code" in value &&
  typeof value.code === "string" && "detail" in value && typeof value.detail === "string"

const reached = async <A>(step: Promise<A>, signal: AbortSignal): Promise<A> => {
  try {
    return await raced(step, signal)
  } catch (cause) {
    throw signal.aborted ? signal.reason : new Unavailable("The service can't be reached", { cause })
  }
}

/** Seconds, or a date (RFC 9110, section 10.2.3). */
const secondsIn = (retryAfter: string | null): number | undefined => {
  if (retryAfter === null) return undefined
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds))
}
