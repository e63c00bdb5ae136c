/** A guard for servers of `node:http`, `node:http2`, and whatever passes their requests on. */
import type { Client } from "./Client.ts"
import { judge } from "./guard.ts"
import type { GuardOptions, TurnedAway } from "./guard.ts"
import type { Session } from "./Session.ts"
import type { RequestHead } from "./Visitor.ts"

export type { GuardOptions } from "./guard.ts"

/** Node's `ServerResponse`. */
export interface NodeResponse {
  readonly writeHead: (status: number, headers: Record<string, string>) => unknown
  readonly end: (body: string) => unknown
}

/** The session of a request, or `null` if it got through to nothing and is answered already. */
export type NodeGuard = (request: RequestHead, response: NodeResponse) => Promise<Session | null>

export const guard = (client: Client, options: GuardOptions = {}): NodeGuard => async (request, response) => {
  const judged = await judge(client, request, options)
  if (judged.answer === undefined) return judged.session
  send(response, judged.answer)
  return null
}

export const send = (response: NodeResponse, { body, headers, status }: TurnedAway): void => {
  response.writeHead(status, headers)
  response.end(body)
}
