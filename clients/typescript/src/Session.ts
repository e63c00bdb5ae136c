/** Whose session a visitor's request proves, as the service's `/authorize` answers it. */
import { malformed } from "./exchange.ts"
import type { Answered, Problem } from "./exchange.ts"

/** A live session. */
export interface Session {
  readonly id: string
  readonly account_id: string
  readonly account: {
    readonly email: string
    readonly display_name: string
  }
  /** How strongly its holder signed in: 2 with a second factor. */
  readonly aal: number
  /** By what its holder signed in, by the names of RFC 8176. */
  readonly amr: ReadonlyArray<string>
  /** When its holder last gave their password or another proof (RFC 3339). */
  readonly authenticated_at: string
}

/** What a session needs to be besides live. */
export interface Requirements {
  /** `2`: begun with a second factor. */
  readonly aal?: 1 | 2 | undefined
  /** The account's email has to be verified. */
  readonly verified?: boolean | undefined
}

/** What is known about a visitor's request: its session, or why it has none. */
export type Check =
  | { readonly session: Session; readonly refusal?: undefined }
  /** Without a refusal, the request has no credentials. */
  | { readonly session: null; readonly refusal?: Refusal | undefined }

/** How the service refuses a request, for the visitor. */
export interface Refusal {
  readonly problem: Problem
  readonly headers: Headers
}

export const addressOf = ({ aal = 1, verified = false }: Requirements): string =>
  `/authorize?claims=email,name&aal=${aal}&verified=${verified ? 1 : 0}`

/** The codes that are about the visitor's request. Any other is about this client's, and says nothing about them. */
const REFUSALS = [
  "session-required",
  "origin-not-allowed",
  "reauthentication-required",
  "verification-required",
  "factor-required",
  // Two tokens of different sessions.
  "malformed-request"
]

export const checkOf = ({ headers, problem, status }: Answered): Check => {
  if (problem === undefined) return { session: sessionIn(headers, status) }
  if (REFUSALS.includes(problem.code)) return { session: null, refusal: { headers, problem } }
  throw malformed(status, `with the code ${problem.code}`)
}

const sessionIn = (headers: Headers, status: number): Session => {
  const field = (name: string) => {
    const value = headers.get(`identity-${name}`)
    if (value === null || value === "") throw malformed(status, "without a session")
    return value
  }
  const decoded = (name: string) => {
    try {
      return decodeURIComponent(field(name))
    } catch {
      throw malformed(status, "without a session")
    }
  }
  return {
    id: field("session-id"),
    account_id: field("account-id"),
    account: { email: decoded("email"), display_name: decoded("display-name") },
    aal: Number(field("aal")),
    amr: field("amr").split(",").map((name) => name.trim()),
    authenticated_at: field("authenticated-at")
  }
}
