/** Passkeys in a real browser, whose authenticator is virtual, on pages of an application beside the server. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { once } from "node:events"
import { createServer } from "node:http"
import type { CDPSession, Frame, Page } from "playwright-core"
import { browser, noBrowser, virtualAuthenticator } from "../support/Browser.ts"
import { migratedDatabase } from "./Database.ts"
import { freePorts, identity, request, serve, untilReadiness } from "./IdentityProcess.ts"
import type { Server } from "./IdentityProcess.ts"

const ADA = { email: "ada@example.com", password: "correct horse battery staple" }

/** A web server with an empty page, or with one that shows another in a frame. Returns its port. */
const pages = (frame?: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const body = frame === undefined ? "" : `<iframe allow="publickey-credentials-get *" src="${frame}"></iframe>`
      const server = createServer((_, response) => {
        response.setHeader("content-type", "text/html").end(`<!doctype html><title>Application</title>${body}`)
      })
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
      const address = server.address()
      return { server, port: typeof address === "object" && address !== null ? address.port : 0 }
    }),
    ({ server }) => Effect.promise(async () => server.close())
  ).pipe(Effect.map(({ port }) => port))

const Json = Schema.Record(Schema.String, Schema.Unknown)

const send = Effect.fnUntraced(function*(server: Server, path: string, body?: unknown, token?: string) {
  const response = yield* request(`${server.url}${path}`, {
    method: "POST",
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` })
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  const json = yield* Effect.flatMap(Effect.promise(() => response.json()), Schema.decodeUnknownEffect(Json))
  return { status: response.status, json }
})

const changed = (options: unknown, changes: object): unknown => ({
  ...Schema.decodeUnknownSync(Json)(options),
  ...changes
})

const inBrowser = (place: Frame | Page, method: "create" | "get", options: unknown): Effect.Effect<unknown> => {
  const parse = method === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON"
  const publicKey = `PublicKeyCredential.${parse}(${JSON.stringify(options)})`
  return Effect.promise(() =>
    place.evaluate(`navigator.credentials.${method}({ publicKey: ${publicKey} }).then((made) => made.toJSON())`)
  )
}

class World extends Context.Service<World, {
  readonly variables: Readonly<Record<string, string>>
  readonly server: Server
  readonly page: Page
  readonly devtools: CDPSession
  readonly authenticatorId: string
  readonly origin: string
  readonly token: string
}>()("identityd/test/e2e/passkeys/World") {
  /** Ada, who has made a passkey on a page of the application. */
  static readonly layer = Layer.effect(
    World,
    Effect.gen(function*() {
      const origin = `http://localhost:${yield* pages()}`
      const { url } = yield* migratedDatabase
      const variables = {
        IDENTITY_DATABASE_URL: Redacted.value(url),
        IDENTITY_SIGNING_KEYS: "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU",
        IDENTITY_ENCRYPTION_KEYS: "e1:rJ0mIDxZHGm5Wwn1yCMA9mKZVQfGxT4Yk8m1sT3uQ7E",
        IDENTITY_ALLOWED_ORIGINS: origin
      }
      const server = yield* serve(variables)
      const chromium = yield* browser
      const page = yield* Effect.promise(() => chromium.newPage())
      yield* Effect.promise(() => page.goto(origin))
      const { authenticatorId, devtools } = yield* virtualAuthenticator(page)
      yield* untilReadiness(server, 200)
      yield* send(server, "/accounts", { ...ADA, display_name: "Ada Lovelace" })
      const fresh = String((yield* send(server, "/sessions", ADA)).json["token"])
      const elevation = yield* send(server, "/sessions/me/elevation", { current_password: ADA.password }, fresh)
      const token = String(elevation.json["token"])
      const { json: factor } = yield* send(server, "/accounts/me/factors", { type: "passkey", name: "Laptop" }, token)
      const registration = yield* inBrowser(page, "create", factor["options"])
      const path = `/accounts/me/factors/${String(factor["id"])}/confirm`
      const confirmed = yield* send(server, path, { registration }, token)
      assert.deepStrictEqual([confirmed.status, confirmed.json["confirmed"]], [200, true])
      return { variables, server, page, devtools, authenticatorId, origin, token }
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )
}

const signInOptions = Effect.flatMap(World, ({ server }) => send(server, "/passkeys/sign-in-options")).pipe(
  Effect.map(({ json }) => json)
)

const signIn = Effect.fnUntraced(function*(passkey: unknown) {
  const { server } = yield* World
  const { json, status } = yield* send(server, "/sessions", { passkey })
  return status === 201 ? [status, json["amr"], json["aal"]] : [status, json["code"]]
})

const REFUSED = [401, "invalid-credentials"]

/** Shows another page, and afterwards that of the application. */
const onPage = Effect.fnUntraced(function*<A>(address: string, use: Effect.Effect<A, unknown, World>) {
  const { origin, page } = yield* World
  yield* Effect.promise(() => page.goto(address))
  const result = yield* use
  yield* Effect.promise(() => page.goto(origin))
  return result
})

describe.skipIf(noBrowser)("a passkey in a browser", () => {
  layer(World.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.effect("signs its holder in without a name", () =>
      Effect.gen(function*() {
        const { page } = yield* World
        const assertion = yield* inBrowser(page, "get", yield* signInOptions)
        assert.deepStrictEqual(yield* signIn(assertion), [201, ["hwk", "user", "mfa"], 2])
      }), 20_000)

    it.effect("[ASVS 6.3.3] is asked for beside the password", () =>
      Effect.gen(function*() {
        const { page, server } = yield* World
        const { json } = yield* send(server, "/sessions", ADA)
        assert.strictEqual(json["code"], "second-factor-required")
        const pending = Schema.decodeUnknownSync(Json)(json["sign_in"])
        const passkey = yield* inBrowser(page, "get", pending["passkey_options"])
        const completed = yield* send(server, `/sign-ins/${String(pending["id"])}/factor`, { passkey })
        assert.deepStrictEqual([completed.status, completed.json["aal"]], [201, 2])
      }), 20_000)

    it.effect("elevates the session of its holder", () =>
      Effect.gen(function*() {
        const { page, server } = yield* World
        const signedIn = yield* send(server, "/sessions", {
          passkey: yield* inBrowser(page, "get", yield* signInOptions)
        })
        const token = String(signedIn.json["token"])
        const { json } = yield* send(server, "/sessions/me/elevation-options", undefined, token)
        const passkey = yield* inBrowser(page, "get", json)
        const elevated = yield* send(server, "/sessions/me/elevation", { passkey }, token)
        assert.deepStrictEqual([elevated.status, typeof elevated.json["elevated_until"]], [200, "string"])
      }), 20_000)

    it.effect(
      "[ASVS 6.5.1] is refused with an answer that was used, and with one to a challenge of somebody else",
      () =>
        Effect.gen(function*() {
          const { page } = yield* World
          const assertion = yield* inBrowser(page, "get", yield* signInOptions)
          assert.strictEqual((yield* signIn(assertion))[0], 201)
          assert.deepStrictEqual(yield* signIn(assertion), REFUSED)
          const foreign = changed(yield* signInOptions, { challenge: "c29tZWJvZHkgZWxzZQ" })
          assert.deepStrictEqual(yield* signIn(yield* inBrowser(page, "get", foreign)), REFUSED)
        }),
      20_000
    )

    it.effect("is refused without its user's PIN or body", () =>
      Effect.gen(function*() {
        const { authenticatorId, devtools, page } = yield* World
        const verify = (isUserVerified: boolean) =>
          Effect.promise(() => devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }))
        yield* verify(false)
        const unasked = changed(yield* signInOptions, { userVerification: "discouraged" })
        const assertion = yield* inBrowser(page, "get", unasked)
        yield* verify(true)
        assert.deepStrictEqual(yield* signIn(assertion), REFUSED)
      }), 20_000)

    it.effect("is refused from a page of another origin, although the browser lets it", () =>
      Effect.gen(function*() {
        const { page } = yield* World
        const other = `http://localhost:${yield* pages()}`
        const assertion = yield* onPage(other, Effect.flatMap(signInOptions, (asked) => inBrowser(page, "get", asked)))
        assert.deepStrictEqual(yield* signIn(assertion), REFUSED)
      }).pipe(Effect.scoped), 20_000)

    it.effect("is refused from our page in a frame of another site", () =>
      Effect.gen(function*() {
        const { origin, page } = yield* World
        const site = `http://127.0.0.1:${yield* pages(origin)}`
        const inFrame = Effect.gen(function*() {
          const frame = page.frames().find((each) => each.url().startsWith(origin))
          assert.isDefined(frame)
          return yield* inBrowser(frame ?? page, "get", yield* signInOptions)
        })
        assert.deepStrictEqual(yield* signIn(yield* onPage(site, inFrame)), REFUSED)
      }).pipe(Effect.scoped), 20_000)

    it.effect("keeps a server of another domain from starting", () =>
      Effect.gen(function*() {
        const { variables } = yield* World
        const elsewhere = { ...variables, IDENTITY_PASSKEY_RP_ID: "example.com" }
        const [port, managementPort] = yield* freePorts
        const { exitCode, stderr } = yield* identity(["serve", "--port", `${port}`], {
          ...elsewhere,
          IDENTITY_MANAGEMENT_PORT: `${managementPort}`
        })
        assert.strictEqual(exitCode, 2, stderr)
        assert.include(stderr, "IDENTITY_PASSKEY_RP_ID must be localhost, because people have passkeys of that domain")
      }).pipe(Effect.provide(NodeFileSystem.layer)), 20_000)
  })
})
