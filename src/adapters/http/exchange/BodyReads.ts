/**
 * The bodies that are being read. A fault in one is answered on the connection, below the app, while the app still
 * waits for the rest. Here the two agree on the request's id and on the answer, so that the log says what the caller
 * was told.
 */
import type { ProblemClass } from "../api/ProblemForm.ts"
import type { Problem } from "../api/Problems.ts"

export interface BodyRead {
  readonly requestId: string
  /** What the fault in it was answered with. */
  answered: ProblemClass<Problem> | undefined
}

const underWay = new WeakMap<object, BodyRead>()

/** Notes that the body of a request, as Node has it, is being read. */
export const begin = (request: object, requestId: string): BodyRead => {
  const read: BodyRead = { requestId, answered: undefined }
  underWay.set(request, read)
  return read
}

export const find = (request: object): BodyRead | undefined => underWay.get(request)
