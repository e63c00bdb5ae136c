/**
 * Lets only JSON through to endpoints that take a body: `application/json`, UTF-8, not compressed, no duplicate
 * members, and no more structure than a request to this API can have.
 *
 * The exact media type is also a defence: a form on a foreign page can send `text/plain`, but not `application/json`
 * without the browser asking this server first (ASVS 3.5.2).
 */
import { Effect, Option } from "effect"
import type { Duration } from "effect"
import { HttpServerRequest } from "effect/http"
import { MalformedRequest, UnsupportedMediaType } from "../api/Problems.ts"
import { readBody } from "./BodyLimit.ts"
import { jsonFault } from "./JsonText.ts"
import type { JsonFault } from "./JsonText.ts"
import { refuse, refuseInput } from "./Refusals.ts"
import { CurrentRequest } from "./RequestContext.ts"

export const jsonBody = (deadline: Duration.Duration) =>
  Effect.fnUntraced(function*<A, E, R>(app: Effect.Effect<A, E, R>) {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { route } = yield* CurrentRequest
    if (route?.methodsWithBody.has(request.method) === true) yield* requireJson(request, deadline)
    return yield* app
  })

const requireJson = Effect.fnUntraced(
  function*(request: HttpServerRequest.HttpServerRequest, deadline: Duration.Duration) {
    if (!isPlainJson(request)) return yield* refuse(UnsupportedMediaType)
    const text = decodeUtf8(yield* readBody(request, deadline))
    if (Option.isNone(text) || !isJson(text.value)) return yield* refuse(MalformedRequest, "The body is not JSON.")
    const fault = jsonFault(text.value)
    if (fault === "duplicate-members") {
      return yield* refuse(MalformedRequest, "An object in the body has two members of the same name.")
    }
    if (fault !== undefined) return yield* refuseInput([{ pointer: "", detail: excesses[fault] }])
  }
)

const excesses: Record<Exclude<JsonFault, "duplicate-members">, string> = {
  "too-many-members": "must not have that many members in an object",
  "too-many-values": "must not have that many values",
  "too-deep": "must not be nested that deeply"
}

const mediaType = /^application\/json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i

const isPlainJson = ({ headers }: HttpServerRequest.HttpServerRequest): boolean =>
  mediaType.test(headers["content-type"] ?? "") &&
  (headers["content-encoding"] ?? "identity").toLowerCase() === "identity"

const decodeUtf8 = Option.liftThrowable((bytes: ArrayBuffer) => new TextDecoder("utf-8", { fatal: true }).decode(bytes))

const parse = Option.liftThrowable((text: string): unknown => JSON.parse(text))

const isJson = (text: string): boolean => Option.isSome(parse(text))
