/** A guard for Fastify. */
import type { Client } from "./Client.ts"
import { judge, Sessions } from "./guard.ts"
import type { GuardOptions } from "./guard.ts"
import type { Session } from "./Session.ts"
import type { RequestHead } from "./Visitor.ts"

export type { GuardOptions } from "./guard.ts"

export interface FastifyRequestHead {
  readonly raw: RequestHead
}

export interface FastifyReplyHead {
  readonly code: (status: number) => unknown
  readonly headers: (headers: Record<string, string>) => unknown
  readonly send: (body: string) => unknown
}

export type FastifyGuard = (request: FastifyRequestHead, reply: FastifyReplyHead) => Promise<unknown>

const sessions = new Sessions()

/** Lets requests with a session through, and answers all others: `app.addHook("onRequest", guard(client))`. */
export const guard = (client: Client, options: GuardOptions = {}): FastifyGuard => async ({ raw }, reply) => {
  const judged = await judge(client, raw, options)
  if (judged.answer === undefined) return sessions.keep(raw, judged.session)
  reply.code(judged.answer.status)
  reply.headers(judged.answer.headers)
  reply.send(judged.answer.body)
  // Tells Fastify that the request is answered.
  return reply
}

/** The session of a request that the guard let through. Throws for any other. */
export const sessionOf = ({ raw }: FastifyRequestHead): Session => sessions.of(raw)
