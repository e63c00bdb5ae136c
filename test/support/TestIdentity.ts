/**
 * The world of HTTP tests: the real routes and middleware over memory, in the test's own fiber. Time is the test
 * clock's, ids and request ids follow a fixed sequence, hashes cost next to nothing.
 */
import { Context, Duration, Effect, Layer, Option, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { SESSION_COOKIE } from "../../src/adapters/http/api/Authentication.ts"
import * as Exchange from "../../src/adapters/http/exchange/Exchange.ts"
import { AllowedOrigins } from "../../src/adapters/http/exchange/OriginCheck.ts"
import type { RequestIds } from "../../src/adapters/http/exchange/RequestIds.ts"
import { ListenerState } from "../../src/adapters/http/listener/ListenerState.ts"
import * as PublicApp from "../../src/adapters/http/listener/PublicApp.ts"
import { receivedAs } from "./received-requests.ts"
import { memoryStores } from "./stores.ts"
import { cheapHasher, servicesOver } from "./TestServices.ts"

export const PUBLIC_URL = "https://identity.example"
export const APP_ORIGIN = "https://app.example"

/**
 * A request as a test writes it. `json` is sent as such unless `headers` say otherwise; `body` is sent as it stands.
 */
export interface Sent {
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly body?: string | Uint8Array<ArrayBuffer>
  /** The address it comes from. None by default. */
  readonly from?: string
  /** Node's own data about the request on the wire. None by default. */
  readonly source?: object
}

export interface Answer {
  readonly status: number
  /** The first value of each. */
  readonly headers: Readonly<Record<string, string>>
  /** Every `Set-Cookie` value. */
  readonly cookies: ReadonlyArray<string>
  readonly text: string
  /** The body read as JSON. */
  readonly json: Readonly<Record<string, unknown>>
}

/** Bytes that differ from one draw to the next and are the same in every run. */
const fixedRandom = Layer.sync(SecureRandom.SecureRandom, () => {
  let drawn = 0
  return SecureRandom.make((size) => {
    drawn += 1
    return Uint8Array.from({ length: size }, (_, index) => (drawn * 37 + index * 11) % 256)
  })
})

/** The default name of people who sign up. */
export const ADA = { email: "ada@example.com", password: "correct horse battery staple", display_name: "Ada Lovelace" }

const make = Effect.fnUntraced(function*(options: Partial<PublicApp.PublicAppOptions>) {
  let requests = 0
  const { exchange, router } = yield* PublicApp.make({
    publicUrl: PUBLIC_URL,
    overTls: false,
    allowedOrigins: [APP_ORIGIN],
    trustedProxies: [],
    publicDocs: true,
    requestDeadline: Duration.seconds(10),
    ...options
  })
  const requestIds: RequestIds = { of: (chosen) => chosen ?? `request-${requests += 1}` }
  const app = Exchange.exchange({ ...exchange, requestIds }, router)
  const send = Effect.fnUntraced(function*(method: string, path: string, sent: Sent = {}) {
    const response = yield* app.pipe(
      Effect.provideService(HttpServerRequest.HttpServerRequest, webRequest(method, path, sent)),
      Effect.scoped,
      Effect.orDie
    )
    return yield* Effect.promise(() => answerOf(HttpServerResponse.toWeb(response)))
  })
  return identityOver(send)
})

/** What people do, by requests that are sent in this way. */
export const identityOver = (send: TestIdentity["Service"]["send"]) => {
  const person = (fields: Partial<typeof ADA> = {}) => ({ ...ADA, ...fields })
  return TestIdentity.of({
    send,
    signUp: (fields) => send("POST", "/accounts", { json: person(fields) }),
    signIn: Effect.fnUntraced(function*(fields) {
      const { email, password } = person(fields)
      const answer = yield* send("POST", "/sessions", { json: { email, password } })
      return String(answer.json["token"])
    })
  })
}

export class TestIdentity extends Context.Service<TestIdentity, {
  readonly send: (method: string, path: string, sent?: Sent) => Effect.Effect<Answer>
  /** Signs somebody up and returns the account. */
  readonly signUp: (person?: Partial<typeof ADA>) => Effect.Effect<Answer>
  /** Signs somebody in and returns the token. */
  readonly signIn: (person?: Partial<typeof ADA>) => Effect.Effect<string>
}>()("identityd/test/support/TestIdentity") {
  /** Over services and a store of the test's choice. */
  static readonly layerOver = (options: Partial<PublicApp.PublicAppOptions>) =>
    Layer.effect(TestIdentity, make(options)).pipe(
      Layer.provide(AllowedOrigins.layer({ publicUrl: PUBLIC_URL, allowedOrigins: [APP_ORIGIN] })),
      Layer.provide(ListenerState.layer)
    )

  static readonly layer = TestIdentity.layerOver({}).pipe(Layer.provideMerge(
    servicesOver(cheapHasher, memoryStores, fixedRandom)
  ))
}

const webRequest = (method: string, path: string, { body, from, headers, json, source }: Sent) => {
  const request = HttpServerRequest.fromWeb(
    new Request(`${PUBLIC_URL}${path}`, {
      method,
      headers: { ...(json === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body })
    })
  ).modify({ remoteAddress: Option.fromUndefinedOr(from) })
  return source === undefined ? request : receivedAs(request, source)
}

const JsonObject = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))

export async function answerOf(web: Response): Promise<Answer> {
  const text = await web.text()
  const cookies = web.headers.getSetCookie()
  const [cookie] = cookies
  return {
    status: web.status,
    headers: { ...Object.fromEntries(web.headers), ...(cookie === undefined ? {} : { "set-cookie": cookie }) },
    cookies,
    text,
    get json() {
      return Schema.decodeSync(JsonObject)(text)
    }
  }
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** The cookie as a page of our own sends it. */
export const ownCookie = (token: string) => ({
  cookie: `${SESSION_COOKIE}=${token}`,
  "sec-fetch-site": "same-origin"
})

/** Both ways in which a request may prove its session. */
export const transports = [{ by: "bearer token", headers: bearer }, { by: "cookie", headers: ownCookie }] as const

/** Ada, signed up and in. */
export const adaSignedIn = Effect.gen(function*() {
  const identity = yield* TestIdentity
  yield* identity.signUp()
  return { identity, token: yield* identity.signIn() }
})

const InvalidInput = Schema.Struct({ errors: Schema.Array(Schema.Struct({ pointer: Schema.String })) })

/** The pointers of a refused input, in alphabetical order. */
export const pointersOf = ({ json }: Answer) =>
  Effect.map(
    Schema.decodeUnknownEffect(InvalidInput)(json),
    ({ errors }) => errors.map(({ pointer }) => pointer).toSorted()
  )
