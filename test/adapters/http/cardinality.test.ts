/** Callers can't create new series, which would fill the memory of this server and of Prometheus. */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Predicate, Redacted } from "effect"
import { OpenApi } from "effect/http-api"
import { AdminApi } from "../../../src/adapters/http/admin/AdminApi.ts"
import { apiDocument } from "../../../src/adapters/http/pages/ReferencePages.ts"
import { AttemptPolicy } from "../../../src/domain/limits/AttemptPolicy.ts"
import * as MetricSnapshots from "../../../src/platform/observability/MetricSnapshots.ts"
import { withOwnMetrics } from "../../support/metrics.ts"
import { aKey, layer as withAdministration } from "../../support/TestAdmin.ts"
import { ADA, bearer, TestIdentity } from "../../support/TestIdentity.ts"

/** The number of series of each metric. */
const series = Effect.map(MetricSnapshots.take, (snapshots) => {
  const counts: Record<string, number> = {}
  for (const { id } of snapshots) counts[id] = (counts[id] ?? 0) + 1
  return counts
})

/** Requests that are all different. */
const flood = Effect.fnUntraced(function*(from: number, to: number) {
  const { send } = yield* TestIdentity
  for (let one = from; one < to; one += 1) {
    const headers = { ...bearer(`token-${one}`), "user-agent": `agent ${one}`, "x-request-id": `id-${one}` }
    yield* send("GET", `/strange/${one}`, { headers })
    yield* send(`METHOD${one}`, "/sessions/me", { headers })
    yield* send("DELETE", `/sessions/ses_${one}`, { headers })
    yield* send("GET", `/sessions/me?query=${one}`, { headers })
    yield* send("POST", "/sessions", {
      headers: { "idempotency-key": `key-${one}` },
      json: { email: `nobody-${one}@example.com`, password: `wrong password ${one}` }
    })
    yield* send("POST", "/accounts", { json: { ...ADA, email: `ada-${one}@example.com`, [`member${one}`]: one } })
  }
})

it.effect("[ASVS 13.1.2] strange paths, methods, emails, tokens and keys make no new series", () =>
  Effect.gen(function*() {
    yield* flood(0, 3)
    const before = yield* series
    yield* flood(3, 40)
    assert.deepStrictEqual(yield* series, before)
    assert.isAbove(before["http.server.request.duration"] ?? 0, 4)
    for (const [id, count] of Object.entries(before)) assert.isAtMost(count, 12, id)
  }).pipe(Effect.provide(TestIdentity.layer), withOwnMetrics))

const METHODS = ["get", "post", "put", "patch", "delete"] as const

interface Operation {
  readonly method: string
  readonly path: string
  /** The document's example of its body. */
  readonly body: object | undefined
}

const exampleIn = (media: unknown): unknown => {
  if (Predicate.hasProperty(media, "example")) return media.example
  if (!Predicate.hasProperty(media, "examples") || !Predicate.isObject(media.examples)) return undefined
  const [first] = Object.values(media.examples)
  return Predicate.hasProperty(first, "value") ? first.value : undefined
}

const bodyOf = (operation: OpenApi.OpenAPISpecOperation): object | undefined => {
  const body = exampleIn(operation.requestBody?.content["application/json"])
  return Predicate.isObject(body) ? body : undefined
}

/** Those of both documents, but for the one of the management listener alone. */
const operations: ReadonlyArray<Operation> = [apiDocument(), OpenApi.fromApi(AdminApi)].flatMap(({ paths }) =>
  Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method]
      return operation === undefined || path === "/introspect"
        ? []
        : [{ method: method.toUpperCase(), path, body: bodyOf(operation) }]
    })
  )
)

/** All operations, each with ids, queries, members and addresses that nobody has sent before. */
const strangeRound = Effect.fnUntraced(function*(round: number, tokens: ReadonlyArray<string>) {
  const { send } = yield* TestIdentity
  for (const { body, method, path } of operations) {
    const target = `${path.replaceAll(/{\w+}/g, `id_${round}`)}?query${round}=${round}`
    const email = `somebody-${round}@example.com`
    const bodies = body === undefined
      ? [{}]
      : [{ json: { ...body, email } }, { json: { ...body, [`member${round}`]: 1 } }]
    for (const token of [...tokens, `token-${round}`]) {
      for (const sent of bodies) yield* send(method, target, { ...sent, headers: bearer(token) })
    }
  }
})

const unlimited = withAdministration.pipe(Layer.provide(Layer.succeed(AttemptPolicy, "unlimited")))

it.effect("[ASVS 13.1.2] nothing that is sent to a route of the document makes a new series", () =>
  Effect.gen(function*() {
    const { signIn, signUp } = yield* TestIdentity
    yield* signUp()
    const { secret } = yield* aKey()
    const tokens = [Redacted.value(secret), yield* signIn()]
    for (const round of [0, 1, 2]) yield* strangeRound(round, tokens)
    const before = yield* series
    for (const round of [3, 4, 5, 6]) yield* strangeRound(round, tokens)
    assert.deepStrictEqual(yield* series, before)
    const snapshots = yield* MetricSnapshots.take
    const routes = new Set(snapshots.map(({ attributes }) => attributes["http.route"]))
    assert.deepStrictEqual(operations.filter(({ path }) => !routes.has(path)).map(({ path }) => path), [])
  }).pipe(Effect.provide(unlimited), withOwnMetrics))
