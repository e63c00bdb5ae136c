/**
 * Lets only JSON through to endpoints that take a body: `application/json`, UTF-8, not compressed, no duplicate
 * members, and no more structure than a request to this API can have. The body is read and parsed here, once. Handlers
 * decode it with their endpoint's schema, because the framework would parse it a second time.
 *
 * The exact media type is also a defence. A form on another site can send `text/plain`, but `application/json` only
 * after the browser has asked this server (ASVS 3.5.2).
 */
import { Context, Effect, Option, Predicate, Schema } from "effect"
import type { Duration } from "effect"
import { HttpServerRequest } from "effect/http"
import { jsonFault } from "../../../kernel/JsonText.ts"
import type { JsonFault } from "../../../kernel/JsonText.ts"
import { invalidMembers } from "../../../resources/InvalidMembers.ts"
import { MalformedRequest, UnsupportedMediaType } from "../api/Problems.ts"
import { readBody } from "./BodyLimit.ts"
import { refuse, refuseInput } from "./Refusals.ts"
import { CurrentRequest } from "./RequestContext.ts"
import type { RequestHead } from "./RequestContext.ts"

/** The parsed body of the current request, not yet decoded. */
const ParsedBody = Context.Reference<unknown>("identityd/adapters/http/exchange/JsonBody/ParsedBody", {
  defaultValue: () => undefined
})

/** Decodes the payload for a raw handler, or refuses the request with everything that is wrong with it. */
export const withPayload = <A, Request, B, E, R>(
  schema: Schema.Decoder<A>,
  handler: (payload: A, request: Request) => Effect.Effect<B, E, R>
) => {
  // An unknown member is a mistake of the caller (ASVS 2.2.1).
  const decode = Schema.decodeUnknownEffect(schema, { errors: "all", onExcessProperty: "error" })
  const payload = Effect.flatMap(ParsedBody, decode).pipe(
    Effect.catchTag("SchemaError", (error) => refuseInput(invalidMembers(error)))
  )
  return (request: Request) => Effect.flatMap(payload, (payload) => handler(payload, request))
}

/** Handles a body of one of two forms. Which of them it is meant to be shows by a member. */
export const byMember = <Request, A, E, R, A2, E2, R2>(
  member: string,
  present: (request: Request) => Effect.Effect<A, E, R>,
  absent: (request: Request) => Effect.Effect<A2, E2, R2>
) =>
(request: Request) =>
  Effect.flatMap(
    ParsedBody,
    (body): Effect.Effect<A | A2, E | E2, R | R2> =>
      Predicate.hasProperty(body, member) ? present(request) : absent(request)
  )

export const jsonBody = (deadline: Duration.Duration) =>
  Effect.fnUntraced(function*<A, E, R>(app: Effect.Effect<A, E, R>) {
    const request = yield* CurrentRequest
    if (request.route?.methodsWithBody.has(request.method) !== true) return yield* app
    return yield* Effect.provideService(app, ParsedBody, yield* parsedBody(request, deadline))
  })

const parsedBody = Effect.fnUntraced(function*(head: RequestHead, deadline: Duration.Duration) {
  if (!isPlainJson(head)) return yield* refuse(UnsupportedMediaType)
  const bytes = yield* readBody(yield* HttpServerRequest.HttpServerRequest, deadline)
  const text = decodeUtf8(bytes)
  const body = Option.flatMap(text, parse)
  if (Option.isNone(text) || Option.isNone(body)) return yield* refuse(MalformedRequest, "The body is not JSON.")
  const fault = jsonFault(text.value)
  if (fault === "duplicate-members") {
    return yield* refuse(MalformedRequest, "An object in the body has two members of the same name.")
  }
  return fault === undefined ? body.value : yield* refuseInput([{ pointer: "", detail: excesses[fault] }])
})

const excesses: Record<Exclude<JsonFault, "duplicate-members">, string> = {
  "too-many-members": "must not have that many members in an object",
  "too-many-values": "must not have that many values",
  "too-deep": "must not be nested that deeply"
}

/** Whether a body is of a media type, in UTF-8, and not compressed. */
export const isPlain = (mediaType: string) => {
  const pattern = new RegExp(String.raw`^${mediaType}[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$`, "i")
  return ({ headers }: Pick<RequestHead, "headers">): boolean =>
    pattern.test(headers["content-type"] ?? "") &&
    (headers["content-encoding"] ?? "identity").toLowerCase() === "identity"
}

const isPlainJson = isPlain("application/json")

const decodeUtf8 = Option.liftThrowable((bytes: ArrayBuffer) => new TextDecoder("utf-8", { fatal: true }).decode(bytes))

const parse = Option.liftThrowable((text: string): unknown => JSON.parse(text))
