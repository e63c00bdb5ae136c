/** The requests of the API, as `identityd-client` sends them to a real service. */
import { assert, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { identity, Unavailable } from "../../clients/typescript/src/index.ts"
import { anEmail } from "../support/builders.ts"
import { PASSWORD } from "../support/people.ts"
import { APPLICATION, EVIL, Service, signedIn } from "./Service.ts"

const rejection = (promise: Promise<unknown>) => promise.then(() => assert.fail("answered"), (error: unknown) => error)

layer(Service.layer, { excludeTestServices: true })((it) => {
  it.effect("one signs up, in and out, and knows each problem by its code", () =>
    Effect.gen(function*() {
      const { request } = identity({ url: (yield* Service).url })
      const [email, password] = [anEmail(), PASSWORD]
      yield* Effect.promise(async () => {
        const body = { email, password, display_name: "Ada" }
        const created = await request("POST /accounts", { body, headers: { "idempotency-key": "a" } })
        assert.strictEqual(created.ok && created.body.email, email)
        const again = await request("POST /accounts", { body })
        assert.strictEqual(again.ok || again.problem.code, "email-already-exists")
        const invalid = await request("POST /accounts", { body: { ...body, email: "ada" } })
        const pointers = !invalid.ok && invalid.problem.code === "validation-failed" &&
          invalid.problem.errors.map(({ pointer }) => pointer)
        assert.deepStrictEqual(pointers, ["/email"])

        const started = await request("POST /sessions", { body: { email, password } })
        const token = started.ok ? started.body.token : undefined
        assert.isDefined(token)
        const account = await request("GET /accounts/me", { token })
        const renamed = await request("PATCH /accounts/me", {
          token,
          headers: { "if-match": account.headers.get("etag") ?? "" },
          body: { display_name: "Ada King" }
        })
        assert.strictEqual(renamed.ok && renamed.body.display_name, "Ada King")
        const page = await request("GET /sessions", { token, query: { limit: 1, after: undefined } })
        assert.strictEqual(page.ok && page.body.sessions.length, 1)
        const signedOut = await request("DELETE /sessions/me", { token })
        assert.deepInclude(signedOut, { ok: true, status: 204, body: undefined })
        const afterwards = await request("GET /sessions/me", { token })
        assert.strictEqual(afterwards.ok || afterwards.problem.code, "session-required")
      })
    }))

  it.effect("what is asked for a visitor is asked with their credentials and origin", () =>
    Effect.gen(function*() {
      const { cookie, session } = yield* signedIn
      const { request } = identity({ url: (yield* Service).url })
      const visitor = (origin: string) => ({ method: "POST", headers: { ...cookie, origin, "user-agent": "Firefox" } })
      yield* Effect.promise(async () => {
        const shown = await request("GET /sessions/me", { visitor: visitor(EVIL) })
        assert.strictEqual(shown.ok && shown.body.id, session.id)
        const refused = await request("DELETE /sessions/me", { visitor: visitor(EVIL) })
        assert.strictEqual(refused.ok || refused.problem.code, "origin-not-allowed")
        const ended = await request("DELETE /sessions/me", { visitor: visitor(APPLICATION) })
        assert.deepInclude(ended, { ok: true, status: 204 })
        assert.match(ended.headers.get("set-cookie") ?? "", /^__Host-identity-session=;/)
      })
    }))

  it.effect("an id can't name another resource", () =>
    Effect.gen(function*() {
      const { token } = yield* signedIn
      const { request } = identity({ url: (yield* Service).url })
      yield* Effect.promise(async () => {
        for (const id of ["", ".", ".."]) {
          assert.instanceOf(await rejection(request("DELETE /sessions/{id}", { token, path: { id } })), TypeError)
        }
        for (const id of ["me/../..", "%2e%2e", "../sessions", "me?", "a/b", "a\\..\\.."]) {
          const answer = await request("DELETE /sessions/{id}", { token, path: { id } })
          assert.strictEqual(answer.ok || answer.problem.status, 404, id)
        }
        assert.isTrue((await request("GET /sessions/me", { token })).ok)
      })
    }))

  it.effect("what changes something is not tried again, and no answer is an outage", () =>
    Effect.gen(function*() {
      const { token } = yield* signedIn
      const { faults, url } = yield* Service
      faults.isStoreAway = true
      yield* Effect.addFinalizer(() => Effect.sync(() => faults.isStoreAway = false))
      let tries = 0
      const fetch = (...sent: Parameters<typeof globalThis.fetch>) =>
        globalThis.fetch(...sent).finally(() => tries += 1)
      const { request } = identity({ url, timeout: 1500, fetch })
      yield* Effect.promise(async () => {
        const error = await rejection(request("DELETE /sessions/me", { token }))
        assert.deepInclude(error, { name: "Unavailable", status: 503, retryAfter: 1 })
        assert.strictEqual(tries, 1)
        assert.instanceOf(await rejection(request("GET /sessions/me", { token })), Unavailable)
        assert.strictEqual(tries, 3)
      })
    }))
})

it("a success without the document's answer, and a signal that was aborted, are no answers", async () => {
  const answers = [
    () => new Response("<h1>Welcome</h1>", { headers: { "content-type": "text/html" } }),
    () => new Response("null", { headers: { "content-type": "application/json" } }),
    () => new Response("{", { headers: { "content-type": "application/json" } }),
    () => new Response("{}", { headers: { "content-type": "text/plain" } })
  ]
  for (const answer of answers) {
    const { request } = identity({ url: "http://identity.internal", fetch: async () => answer() })
    assert.instanceOf(await rejection(request("GET /sessions/me")), Unavailable)
  }
  const { request } = identity({ url: "http://identity.internal", fetch: () => new Promise(() => undefined) })
  const controller = new AbortController()
  const waiting = rejection(request("GET /sessions/me", { signal: controller.signal }))
  controller.abort(new Error("over"))
  for (const aborted of [waiting, rejection(request("GET /sessions/me", { signal: controller.signal }))]) {
    assert.propertyVal(await aborted, "message", "over")
  }
})
