/** Everything that a server counts, made to happen: what people do, what programs ask for, and what goes wrong. */
import { Effect, Fiber, Schema } from "effect"
import { once } from "node:events"
import { createServer } from "node:http"
import { connect } from "node:net"
import { PasskeyCreationOptions, PasskeyRequestOptions } from "../../src/domain/model/PasskeyOptions.ts"
import { refusal } from "../adapters/mail/TestMailServer.ts"
import type { mailServer, TestMailServer } from "../adapters/mail/TestMailServer.ts"
import { execute } from "../adapters/postgres/TestClient.ts"
import type { migratedDatabase } from "../e2e/Database.ts"
import { identity, request } from "../e2e/IdentityProcess.ts"
import type { Server, Variables } from "../e2e/IdentityProcess.ts"
import { codeIn } from "../e2e/SendingTo.ts"
import { makePasskey } from "../support/SoftAuthenticator.ts"

const ORIGIN = "http://localhost:3000"

const PASSWORD = "a well kept secret"
const ADA = { email: "ada@example.com", password: PASSWORD }
const GRACE = { email: "grace@example.com", password: PASSWORD }
const REFUSED = "refused@example.com"

type Database = Pick<Effect.Success<typeof migratedDatabase>, "url">

const Body = Schema.Record(Schema.String, Schema.Unknown)
const Codes = Schema.Struct({ codes: Schema.NonEmptyArray(Schema.String) })
const Challenged = Schema.Struct({ sign_in: Schema.Struct({ id: Schema.String }) })

/** Sends JSON to the public listener, and returns the answer's, if it has any. */
const send = Effect.fnUntraced(
  function*({ url }: Server, path: string, json?: unknown, token?: string, method = "POST") {
    const response = yield* request(`${url}${path}`, {
      method,
      headers: {
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` })
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) })
    })
    const text = yield* Effect.promise(() => response.text())
    return text === "" ? {} : yield* Schema.decodeEffect(Schema.fromJsonString(Body))(text)
  }
)

const decoded = <A>(schema: Schema.Decoder<A>, found: unknown) => Schema.decodeUnknownEffect(schema)(found)

/** A mail server that never takes mails to one address. */
export const pickyMailbox: Parameters<typeof mailServer>[0] = {
  onRcptTo: ({ address }, _session, callback) =>
    address === REFUSED ? callback(refusal(550, "no such mailbox")) : callback()
}

/** A collector that takes nothing; its address. */
export const brokenCollector = Effect.map(
  Effect.acquireRelease(
    Effect.promise(async () => {
      const server = createServer((asked, response) => {
        asked.resume()
        response.writeHead(400).end()
      })
      await once(server.listen(0, "127.0.0.1"), "listening")
      return server
    }),
    (server) => Effect.sync(() => server.close())
  ),
  (server) => {
    const address = server.address()
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
  }
)

/** Something to forget, and a key that a program has used. Returns the key. To be done before the server starts. */
export const past = Effect.fnUntraced(function*(database: Database, variables: Variables) {
  yield* execute(
    database,
    `INSERT INTO idempotency_keys VALUES ('old', 'owner', 'fingerprint', now() - interval '2 days', now() - interval '1 day', NULL)`
  )
  const { stdout } = yield* identity(
    ["create-api-key", "--name", "Moving", "--scope", "imports:write", "--quiet"],
    variables
  )
  yield* execute(database, "UPDATE api_keys SET last_used_at = now()")
  return stdout.trim()
})

const signedIn = (server: Server, person: object) =>
  Effect.map(send(server, "/sessions", person), ({ token }) => String(token))

/** Ada enrols factors, and signs in by them, rightly and wrongly. */
const factors = Effect.fnUntraced(function*(server: Server) {
  yield* send(server, "/accounts", { ...ADA, display_name: "Ada" })
  const { token } = yield* send(
    server,
    "/sessions/me/elevation",
    { current_password: PASSWORD },
    yield* signedIn(server, ADA)
  )
  const holder = String(token)
  const made = yield* send(server, "/accounts/me/factors", { type: "passkey", name: "Laptop" }, holder)
  const passkey = makePasskey(yield* decoded(PasskeyCreationOptions, made["options"]), ORIGIN, { signCount: 9 })
  const factor = `/accounts/me/factors/${String(made["id"])}`
  yield* send(server, `${factor}/confirm`, { registration: passkey.registration }, holder)
  const { codes: [code] } = yield* decoded(
    Codes,
    yield* send(server, "/accounts/me/factors", { type: "recovery_codes", name: "Paper" }, holder)
  )
  for (const recovery_code of ["AAAA-AAAA-AAAA-AAAA", code]) {
    const { sign_in } = yield* decoded(Challenged, yield* send(server, "/sessions", ADA))
    yield* send(server, `/sign-ins/${sign_in.id}/factor`, { recovery_code })
  }
  // An authenticator that has counted to nine can't have counted to three.
  const asked = yield* decoded(PasskeyRequestOptions, yield* send(server, "/passkeys/sign-in-options"))
  yield* send(server, "/sessions", { passkey: passkey.assert(asked, { signCount: 3 }) })
  yield* send(server, factor, undefined, holder, "DELETE")
})

/** Grace recovers her account, at the second try. Somebody signs up with an address that doesn't exist. */
const mails = Effect.fnUntraced(function*(server: Server, { next }: TestMailServer) {
  yield* send(server, "/accounts", { ...GRACE, display_name: "Grace" })
  yield* send(server, "/sign-ups", { email: REFUSED })
  const { id } = yield* send(server, "/recoveries", { email: GRACE.email })
  const code = yield* Effect.repeat(Effect.map(next, ({ content }) => codeIn(content)), { until: (it) => it !== "" })
  const wrong = code === "00000000" ? "00000001" : "00000000"
  for (const answer of [wrong, code]) {
    yield* send(server, `/recoveries/${String(id)}/answer`, { code: answer, new_password: PASSWORD })
  }
})

/** Somebody guesses, until a limit stops them. */
const guesses = (server: Server) =>
  Effect.replicateEffect(send(server, "/sessions", { ...GRACE, password: "a guess" }), 12, { discard: true })

const programs = Effect.fnUntraced(function*({ managementUrl }: Server, key: string) {
  for (const secret of [key, "idk_wrong"]) {
    yield* request(`${managementUrl}/admin/imports`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/x-ndjson" },
      body: `${JSON.stringify({ email: "alan@example.com", display_name: "Alan", password: PASSWORD })}\n`
    })
  }
  yield* request(`${managementUrl}/introspect`, { method: "POST", body: new URLSearchParams({ token: "none" }) })
})

/** The database holds up everybody for longer than the server waits. Then it has a rule unknown to the server. */
const outage = Effect.fnUntraced(function*(server: Server, database: Database) {
  const held = yield* Effect.forkChild(
    execute(database, "DO $$ BEGIN LOCK TABLE accounts, account_emails; PERFORM pg_sleep(3); END $$")
  )
  yield* Effect.sleep("200 millis")
  yield* Effect.forEach(
    Array.from({ length: 6 }, (_, number) => ({ email: `${number}@example.com`, password: PASSWORD })),
    (somebody) => send(server, "/sessions", somebody),
    { concurrency: "unbounded", discard: true }
  )
  yield* Fiber.join(held)
  yield* execute(database, "ALTER TABLE accounts ADD CONSTRAINT unknown CHECK (false) NOT VALID")
  yield* send(server, "/accounts", { ...ADA, email: "barbara@example.com", display_name: "Barbara" })
  yield* execute(database, "ALTER TABLE accounts DROP CONSTRAINT unknown")
})

/** More people sign up at once than a core can hash passwords for. More connections are open than one may have. */
const crowd = Effect.fnUntraced(function*(server: Server) {
  yield* Effect.forEach(
    Array.from({ length: 40 }, (_, number) => ({ email: `crowd${number}@example.com`, password: PASSWORD })),
    (somebody) => send(server, "/accounts", { ...somebody, display_name: "One of many" }),
    { concurrency: "unbounded", discard: true }
  )
  const { hostname, port } = new URL(server.url)
  const sockets = Array.from({ length: CONNECTIONS / 4 + 1 }, () => connect(Number(port), hostname))
  yield* Effect.promise(() => Promise.race(sockets.map((socket) => once(socket, "close"))))
  for (const socket of sockets) socket.destroy()
})

const CONNECTIONS = 256

/** Settings under which it happens soon. */
export const SOON: Variables = {
  IDENTITY_ALLOWED_ORIGINS: ORIGIN,
  IDENTITY_CONNECTIONS_MAX: `${CONNECTIONS}`,
  IDENTITY_DATABASE_POOL_MAX: "2",
  IDENTITY_HASH_CONCURRENCY: "1",
  OTEL_METRIC_EXPORT_INTERVAL: "500",
  OTEL_BSP_SCHEDULE_DELAY: "500"
}

export const everything = Effect.fnUntraced(function*(
  server: Server,
  { database, key, mailbox }: { readonly database: Database; readonly key: string; readonly mailbox: TestMailServer }
) {
  yield* factors(server)
  yield* mails(server, mailbox)
  yield* programs(server, key)
  yield* outage(server, database)
  yield* guesses(server)
  yield* crowd(server)
})

/** What goes on and on. */
export const daily = Effect.fnUntraced(function*(server: Server) {
  const person = { email: "edsger@example.com", password: PASSWORD }
  yield* send(server, "/accounts", { ...person, display_name: "Edsger" })
  const token = yield* signedIn(server, person)
  const round = Effect.gen(function*() {
    for (const path of ["/sessions/me", "/authorize", "/nowhere"]) yield* send(server, path, undefined, token, "GET")
    yield* Effect.sleep("20 millis")
  })
  yield* send(server, "/sessions/me", undefined, yield* signedIn(server, person), "DELETE")
  return yield* Effect.forever(round)
})
