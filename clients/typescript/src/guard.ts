/** What the guards of all frameworks have in common: who gets through, and what the others are answered. */
import type { Client } from "./Client.ts"
import type { Refusal, Requirements, Session } from "./Session.ts"
import { Unavailable } from "./Unavailable.ts"
import { fieldsOf } from "./Visitor.ts"
import type { RequestHead } from "./Visitor.ts"

export interface GuardOptions extends Requirements {
  /** Where navigations without a session are sent, such as `/sign-in`. Without it they are answered like all others. */
  readonly signIn?: string | undefined
  /**
   * Where navigations of those are sent who need a second factor first, because everybody does (`factor-required`).
   * That page must not have this guard.
   */
  readonly enrol?: string | undefined
}

/** An answer to a visitor who doesn't get through. */
export interface TurnedAway {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

/** The visitor's session, or what to answer them instead. */
export type Judged = { readonly session: Session; readonly answer?: undefined } | { readonly answer: TurnedAway }

export const judge = async (client: Client, visitor: RequestHead, options: GuardOptions): Promise<Judged> => {
  try {
    const { refusal, session } = await client.check(visitor, options)
    return session === null ? { answer: turnedAway(visitor, refusal, options) } : { session }
  } catch (error) {
    if (error instanceof Unavailable) return { answer: unavailable(error) }
    throw error
  }
}

const PROBLEM = { "content-type": "application/problem+json", "cache-control": "no-store" }

const SESSION_REQUIRED = "session-required"

const turnedAway = (
  visitor: RequestHead,
  refusal: Refusal | undefined,
  { enrol, signIn }: GuardOptions
): TurnedAway => {
  const { headers, problem } = refusal ?? NO_CREDENTIALS
  const place = problem.code === SESSION_REQUIRED ? signIn : problem.code === "factor-required" ? enrol : undefined
  // Clears a cookie that names no live session, because scripts can't.
  const cookie = handed(headers, "set-cookie")
  return place !== undefined && fieldsOf(visitor)("sec-fetch-mode") === "navigate"
    ? { status: 302, headers: { location: place, "cache-control": "no-store", ...cookie }, body: "" }
    : {
      status: problem.status,
      headers: { ...PROBLEM, ...cookie, ...handed(headers, "www-authenticate") },
      body: JSON.stringify(problem)
    }
}

const handed = (headers: Headers, name: string): Record<string, string> => {
  const value = headers.get(name)
  return value === null ? {} : { [name]: value }
}

/** What the service answers to a request without credentials, so that it need not be asked. */
const NO_CREDENTIALS = {
  headers: new Headers({ "www-authenticate": "Bearer" }),
  problem: {
    type: "about:blank",
    title: "Session required",
    status: 401,
    detail: "Sign in first.",
    code: SESSION_REQUIRED
  }
}

/** In seconds, where the service didn't say. */
const RETRY_AFTER = 1

const unavailable = ({ code, retryAfter = RETRY_AFTER }: Unavailable): TurnedAway => ({
  status: 503,
  headers: { ...PROBLEM, "retry-after": String(retryAfter) },
  body: JSON.stringify({
    type: "about:blank",
    title: "Unavailable",
    status: 503,
    detail: "Whether you are signed in can't be said now. Try again after the time in `Retry-After`.",
    code
  })
})

/** The sessions of the requests that got through. They are kept beside the requests, so nothing else can set them. */
export class Sessions {
  readonly #sessions = new WeakMap<object, Session>()

  keep(request: object, session: Session): void {
    this.#sessions.set(request, session)
  }

  /** Fails for a request that no guard let through, so a route that was left unguarded can't take it for signed in. */
  of(request: object): Session {
    const session = this.#sessions.get(request)
    if (session === undefined) throw new Error("No guard of identityd-client let this request through")
    return session
  }
}
