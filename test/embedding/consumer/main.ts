// A project that uses the package, with nothing but TypeScript's defaults: compiled, then run, by `package.test.ts`.
import { Console, Effect, Layer, ManagedRuntime, Redacted, Schema } from "effect"
import * as Identity from "identityd"
import * as Blocklist from "identityd/blocklist/ZxcvbnPasswordBlocklist"
import * as Argon2PasswordHasher from "identityd/crypto/Argon2PasswordHasher"
import * as EphemeralCrypto from "identityd/crypto/EphemeralCrypto"
import * as HmacTokenSigner from "identityd/crypto/HmacTokenSigner"
import * as InstalledPasswordHashEngine from "identityd/crypto/InstalledPasswordHashEngine"
import * as KeyRing from "identityd/crypto/KeyRing"
import * as SecureIdGenerator from "identityd/crypto/SecureIdGenerator"
import * as Http from "identityd/Http"
import { IdentityApi } from "identityd/http/api/IdentityApi"
import * as Memory from "identityd/Memory"
import * as MemoryStores from "identityd/memory/MemoryStores"
import * as Postgres from "identityd/Postgres"

const publicUrl = "https://id.example.com"

const runtime = ManagedRuntime.make(
  Layer.mergeAll(
    Http.fetchHandler({ publicUrl, clientAddress: (request) => request.headers.get("x-real-ip") ?? undefined }),
    Http.listener({ publicUrl, port: 0 })
  ).pipe(Layer.provideMerge(Memory.layer))
)

/** Parts, put together by hand. */
export const own = Identity.Core.layer.pipe(
  Layer.provide([MemoryStores.layer, EphemeralCrypto.layer, Blocklist.layer])
)

/** Not started: the types are what is tried. */
export const onPostgres: Layer.Layer<Identity.Accounts | Identity.SchemaMigrator, Postgres.PostgresFailure> = Postgres
  .layer({ url: Redacted.make("postgres://127.0.0.1/identity"), signingKeys: Redacted.make("k:…"), migrate: true })

export const parts = [
  Argon2PasswordHasher.layer,
  HmacTokenSigner.layer,
  InstalledPasswordHashEngine.layer,
  KeyRing.generateSigningKey,
  SecureIdGenerator.layer
]

const bodyOf = <A>(response: Response, schema: Schema.Decoder<A>) =>
  Effect.flatMap(Effect.promise(() => response.json()), Schema.decodeUnknownEffect(schema))

const program = Effect.gen(function*() {
  const fetchHandler = yield* Http.FetchHandler
  const { port } = yield* Http.PublicAddress
  const ada = { email: "ada@example.com", password: "a well kept secret", display_name: "Ada" }
  const request = (path: string, body: object) =>
    new Request(`${publicUrl}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-real-ip": "192.0.2.1" },
      body: JSON.stringify(body)
    })
  const created = yield* Effect.promise(() => fetchHandler(request("/accounts", ada)))
  const { email, password } = ada
  const signedIn = yield* Effect.promise(() => fetchHandler(request("/sessions", { email, password })))
  const { token } = yield* bodyOf(signedIn, Schema.Struct({ token: Schema.String }))
  const headers = { authorization: `Bearer ${token}` }
  const checked = yield* Effect.promise(() => fetch(`http://127.0.0.1:${port}/sessions/me`, { headers }))
  const me = yield* bodyOf(checked, Schema.Struct({ ip_address: Schema.String }))
  yield* Console.log(JSON.stringify({
    statuses: [created.status, signedIn.status, checked.status],
    address: me.ip_address,
    endpoints: Object.keys(IdentityApi.groups)
  }))
})

await runtime.runPromise(program)
await runtime.dispose()
