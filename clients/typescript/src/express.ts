/** A guard for Express, and for whatever has its middleware. */
import type { Client } from "./Client.ts"
import { judge, Sessions } from "./guard.ts"
import type { GuardOptions } from "./guard.ts"
import { send } from "./node.ts"
import type { NodeResponse } from "./node.ts"
import type { Session } from "./Session.ts"
import type { RequestHead } from "./Visitor.ts"

export type { GuardOptions } from "./guard.ts"

export type ExpressGuard = (
  request: RequestHead,
  response: NodeResponse,
  next: (error?: unknown) => void
) => Promise<void>

const sessions = new Sessions()

/** Lets requests with a session through, and answers all others: `app.use(guard(client))`. */
export const guard = (client: Client, options: GuardOptions = {}): ExpressGuard => async (request, response, next) => {
  try {
    const judged = await judge(client, request, options)
    if (judged.answer !== undefined) return send(response, judged.answer)
    sessions.keep(request, judged.session)
    next()
  } catch (error) {
    next(error)
  }
}

/** The session of a request that the guard let through. Throws for any other. */
export const sessionOf = (request: RequestHead): Session => sessions.of(request)
