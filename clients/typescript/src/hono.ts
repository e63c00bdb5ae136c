/** A guard for Hono, wherever it runs. */
import type { Client } from "./Client.ts"
import { judge, Sessions } from "./guard.ts"
import type { GuardOptions } from "./guard.ts"
import type { Session } from "./Session.ts"
import type { RequestHead } from "./Visitor.ts"

export type { GuardOptions } from "./guard.ts"

export interface HonoContext {
  readonly req: { readonly raw: RequestHead }
}

export type HonoGuard = (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>

const sessions = new Sessions()

/** Lets requests with a session through, and answers all others: `app.use(guard(client))`. */
export const guard = (client: Client, options: GuardOptions = {}): HonoGuard => async (context, next) => {
  const judged = await judge(client, context.req.raw, options)
  if (judged.answer !== undefined) {
    const { body, headers, status } = judged.answer
    return new Response(body, { status, headers })
  }
  sessions.keep(context, judged.session)
  await next()
  return undefined
}

/** The session of a request that the guard let through. Throws for any other. */
export const sessionOf = (context: HonoContext): Session => sessions.of(context)
