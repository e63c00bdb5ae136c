/** How connections to real servers are encrypted, with one that can and one that can't. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Duration, Effect, FileSystem, Layer, Logger, Redacted, References } from "effect"
import * as PlaintextWarning from "../../../src/adapters/postgres/connection/PlaintextWarning.ts"
import * as PostgresClient from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import { selfSignedCertificate } from "../../support/self-signed-certificate.ts"
import { temporaryDirectory } from "../../support/temporary-directory.ts"
import { DisposableServer, EncryptingServer } from "./DisposableServer.ts"
import { execute } from "./TestClient.ts"

const selectEncryption =
  "SELECT CASE WHEN ssl THEN 'encrypted' ELSE 'plain' END AS is FROM pg_stat_ssl WHERE pid = pg_backend_pid()"

/** How a connection by this URL is encrypted, or why there is none. */
const outcomeOf = (url: string) =>
  Effect.flatMap(
    PostgresClient.PostgresClient,
    ({ run }) => run("Postgres.query", (connection) => connection.query(selectEncryption))
  ).pipe(
    Effect.map(({ rows: [row] }) => row?.["is"]),
    Effect.catchTag("StoreUnavailable", ({ reason }) => Effect.succeed(reason)),
    Effect.provide(
      PostgresClient.layer({ target: { url: Redacted.make(url) }, poolMax: 1, timeout: Duration.seconds(10) })
    ),
    Effect.catchTag("InvalidDatabaseUrl", ({ reason }) => Effect.succeed(reason)),
    Effect.provideService(References.MinimumLogLevel, "Error")
  )

/** Files with certificates: the one that the server shows, another one, and those of a client. */
const files = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const { certificate, client } = yield* EncryptingServer
  const directory = yield* temporaryDirectory("identity-encryption-")
  const written = {
    right: certificate,
    wrong: selfSignedCertificate().cert,
    clientCert: client.cert,
    clientKey: client.key,
    noCertificate: "nothing of the kind"
  }
  const write = (name: string, pem: string) => fs.writeFileString(`${directory}/${name}`, pem)
  yield* Effect.forEach(Object.entries(written), ([name, pem]) => write(name, pem))
  return (name: keyof typeof written | "absent") => `${directory}/${name}`
})

const servers = Layer.mergeAll(EncryptingServer.layer, DisposableServer.layer, NodeFileSystem.layer)

layer(servers, { excludeTestServices: true })("[ASVS 12.3.1, 12.3.2] the connection to the database", (it) => {
  it.effect("is encrypted as sslmode says, with a server that can and with one that can't", () =>
    Effect.gen(function*() {
      const { database, port } = yield* EncryptingServer
      const plain = yield* DisposableServer
      const file = yield* files
      const right = `&sslrootcert=${file("right")}`
      const wrong = `&sslrootcert=${file("wrong")}`
      // With a server that encrypts: by its name, by another name; then with one that doesn't.
      const table: ReadonlyArray<readonly [query: string, own: string, other: string, unable: string]> = [
        ["", "encrypted", "encrypted", "plain"],
        ["sslmode=disable", "plain", "plain", "plain"],
        ["sslmode=allow", "plain", "plain", "plain"],
        ["sslmode=prefer", "encrypted", "encrypted", "plain"],
        [`sslmode=prefer${wrong}`, "plain", "plain", "plain"],
        ["sslmode=require", "encrypted", "encrypted", "encryption-refused"],
        [`sslmode=require${right}`, "encrypted", "encrypted", "encryption-refused"],
        [`sslmode=require${wrong}`, "certificate-untrusted", "certificate-untrusted", "encryption-refused"],
        ["sslmode=verify-ca", "certificate-untrusted", "certificate-untrusted", "encryption-refused"],
        [`sslmode=verify-ca${right}`, "encrypted", "encrypted", "encryption-refused"],
        [`sslmode=verify-ca${wrong}`, "certificate-untrusted", "certificate-untrusted", "encryption-refused"],
        [`sslmode=verify-full${right}`, "encrypted", "certificate-untrusted", "encryption-refused"],
        [`sslmode=verify-full${wrong}`, "certificate-untrusted", "certificate-untrusted", "encryption-refused"],
        ["sslrootcert=system", "certificate-untrusted", "certificate-untrusted", "encryption-refused"]
      ]
      for (const [query, ...expected] of table) {
        const places = [`127.0.0.1:${port}`, `localhost:${port}`, `127.0.0.1:${plain.port}`]
        const outcomes = yield* Effect.forEach(
          places,
          (place) => outcomeOf(`postgres://identity@${place}/${database}?${query}`),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(outcomes, expected, query)
      }
    }))

  it.effect("is tried the other way where pg_hba.conf refuses the first one, if sslmode leaves the choice", () =>
    Effect.gen(function*() {
      const { database, port, url } = yield* EncryptingServer
      yield* execute({ url }, "CREATE ROLE encrypted_only LOGIN")
      yield* execute({ url }, "CREATE ROLE plain_only LOGIN")
      const as = (role: string, mode: string) =>
        outcomeOf(`postgres://${role}@127.0.0.1:${port}/${database}?sslmode=${mode}`)
      assert.strictEqual(yield* as("encrypted_only", "allow"), "encrypted")
      assert.strictEqual(yield* as("encrypted_only", "disable"), "login-refused")
      assert.strictEqual(yield* as("plain_only", "prefer"), "plain")
      assert.strictEqual(yield* as("plain_only", "require"), "login-refused")
      assert.strictEqual(yield* as("nobody", "prefer"), "login-refused")
      const plain = yield* DisposableServer
      for (const mode of ["allow", "prefer"]) {
        const refused = `postgres://nobody@127.0.0.1:${plain.port}/${database}?sslmode=${mode}`
        assert.strictEqual(yield* outcomeOf(refused), "login-refused", mode)
      }
    }))

  it.effect("shows the certificate of sslcert and sslkey to a server that asks for one", () =>
    Effect.gen(function*() {
      const { database, port, url } = yield* EncryptingServer
      const file = yield* files
      yield* execute({ url }, `CREATE ROLE "identity test" LOGIN`)
      const place = `postgres://identity%20test@127.0.0.1:${port}/${database}?sslmode=require`
      const shown = `${place}&sslcert=${file("clientCert")}&sslkey=${file("clientKey")}`
      assert.strictEqual(yield* outcomeOf(shown), "encrypted")
      assert.strictEqual(yield* outcomeOf(place), "login-refused")
    }))

  it.effect("needs files that can be used, and says which of them can't", () =>
    Effect.gen(function*() {
      const file = yield* files
      const refusal = (query: string) => outcomeOf(`postgres://identity@127.0.0.1/x?sslmode=require&${query}`)
      const pair = (cert: string, key: string) => refusal(`sslcert=${cert}&sslkey=${key}`)
      assert.match(String(yield* refusal(`sslrootcert=${file("absent")}`)), /sslrootcert .* can't be read: ".*absent"$/)
      assert.match(String(yield* refusal(`sslrootcert=${file("noCertificate")}`)), /sslrootcert .* no certificate/)
      assert.match(String(yield* pair(file("absent"), file("clientKey"))), /sslcert .* can't be read/)
      assert.match(String(yield* pair(file("clientCert"), file("absent"))), /sslkey .* can't be read/)
      assert.match(String(yield* pair(file("right"), file("clientKey"))), /no certificate with its private key/)
      assert.match(String(yield* pair(file("noCertificate"), file("clientKey"))), /no certificate with its private key/)
    }))

  it.effect("is warned of once if it is not encrypted and leads to another machine", () =>
    Effect.gen(function*() {
      const lines: Array<unknown> = []
      const logger = Logger.make(({ message }) => {
        lines.push(message)
      })
      const warn = PlaintextWarning.make()
      const addresses = ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", undefined, "192.0.2.1", "2001:db8::1"]
      yield* Effect.forEach(addresses, (remoteAddress) => warn({ remoteAddress })).pipe(
        Effect.provide(Logger.layer([logger]))
      )
      assert.lengthOf(lines, 1)
      assert.include(String(lines[0]), "not encrypted")
    }))
})
