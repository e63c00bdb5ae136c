/**
 * Makes every failure a problem: refusals by middleware and the router, inputs that don't decode, and defects. No
 * failure leaves the server in another form.
 *
 * A defect is logged here, once, with its stack. The caller gets only the request's id (ASVS 16.5.1). While an answer
 * is streamed it is too late for a problem: a failure cuts the answer off, and is logged here, too.
 */
import { Array, Cause, Effect, Stream } from "effect"
import type { Context, Schema } from "effect"
import { HttpBody, HttpServerError, HttpServerResponse } from "effect/http"
import { HttpApiError } from "effect/http-api"
import { invalidMembers, UNKNOWN } from "../../../resources/InvalidMembers.ts"
import { PROBLEM_MEDIA_TYPE } from "../api/ProblemForm.ts"
import { InternalError, isProblem, MalformedRequest, NotFound, PayloadTooLarge } from "../api/Problems.ts"
import type { Problem } from "../api/Problems.ts"
import { problemResponse, refuse, refuseInput } from "./Refusals.ts"
import { CurrentRequest } from "./RequestContext.ts"

type Response = HttpServerResponse.HttpServerResponse

/** Delivers the app's response, or the problem for its failure. */
export const problemResponses = <E, R>(
  app: Effect.Effect<Response, E, R>,
  deliver: (response: Response) => Effect.Effect<Response>
): Effect.Effect<Response, never, R> =>
  Effect.matchCauseEffect(app, {
    onSuccess: (response) =>
      isUnexplained(response)
        ? Effect.flatMap(explain(Cause.die(unexplained(response))), deliver)
        : response.body._tag === "Stream"
        ? Effect.flatMap(loggingFailures(response, response.body), deliver)
        : deliver(response),
    onFailure: (cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.failCause(interruptsOf(cause))
        : Effect.flatMap(explain(cause), deliver)
  })

/** The same response. If its stream fails, that is logged in the context of the request. */
const loggingFailures = (response: Response, { contentLength, contentType, stream }: HttpBody.Stream) =>
  Effect.contextWith((context: Context.Context<never>) => {
    const logging = Stream.tapCause(stream, (cause) =>
      cause.reasons.some(isOurs)
        ? Effect.provideContext(Effect.flatMap(CurrentRequest, ({ id }) => cutOff(id, cause)), context)
        : Effect.void)
    return Effect.succeed(HttpServerResponse.setBody(response, HttpBody.stream(logging, contentType, contentLength)))
  })

const cutOff = (requestId: string, cause: Cause.Cause<unknown>) =>
  Effect.annotateLogs(Effect.logError("an answer was cut off", cause), { request_id: requestId })

/** A client that goes away while it sends is no failure of ours. */
const isOurs = (reason: Cause.Reason<unknown>): boolean =>
  reason._tag !== "Interrupt" && !(reason._tag === "Fail" && HttpServerError.isHttpServerError(reason.error))

/** A refusal in the framework's own format. */
const isUnexplained = (response: Response): boolean =>
  response.status >= 400 && response.headers["content-type"] !== PROBLEM_MEDIA_TYPE

const unexplained = (response: Response): string => `the framework answered ${response.status} by itself`

const interruptsOf = <E>(cause: Cause.Cause<E>): Cause.Cause<never> =>
  Cause.fromReasons(cause.reasons.filter(Cause.isInterruptReason))

const explain = (cause: Cause.Cause<unknown>): Effect.Effect<Response> =>
  Effect.map(Effect.flip(problemOf(cause)), problemResponse)

const problemOf = (cause: Cause.Cause<unknown>): Effect.Effect<never, Problem> => {
  for (const reason of cause.reasons) {
    if (reason._tag === "Interrupt") continue
    const refusal = refusalOf(reason._tag === "Fail" ? reason.error : reason.defect)
    if (refusal !== undefined) return refusal
  }
  return Effect.andThen(Effect.logError("a request failed", cause), refuse(InternalError))
}

const refusalOf = (error: unknown): Effect.Effect<never, Problem> | undefined => {
  if (isProblem(error)) return Effect.fail(error)
  if (HttpServerError.isHttpServerError(error)) return refusalOfTransport(error)
  if (!HttpApiError.HttpApiSchemaError.is(error)) return undefined
  switch (error.kind) {
    case "Params":
      // A malformed id can't be anybody's, so it is simply not found.
      return refuse(NotFound)
    case "Headers":
      return refuseInput(invalidMembers(error.cause))
    case "Query":
      return Effect.flatMap(CurrentRequest, ({ url }) => refuseInput(invalidParameters(error.cause, url)))
    default:
      return undefined
  }
}

/** The framework makes a list of a parameter that is given more than once, and no parameter may be a list. */
const invalidParameters = (error: Schema.SchemaError, url: string) => {
  const given = new URLSearchParams(url.slice(url.indexOf("?")))
  return Array.map(
    invalidMembers(error),
    (member) =>
      member.detail !== UNKNOWN && given.getAll(member.pointer.slice(1)).length > 1
        ? { ...member, detail: "must be given once" }
        : member
  )
}

const refusalOfTransport = (
  { reason }: HttpServerError.HttpServerError
): Effect.Effect<never, Problem> | undefined => {
  if (reason._tag === "RouteNotFound") return refuse(NotFound)
  if (reason._tag !== "RequestParseError") return undefined
  return reason.reason === "BodyTooLarge" ? refuse(PayloadTooLarge) : refuse(MalformedRequest)
}
