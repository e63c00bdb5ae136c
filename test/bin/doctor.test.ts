/** What `identity doctor` finds of installations with something wrong about them, in this process. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { readdirSync, statSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { examine } from "../../bin/doctor.ts"
import { loadConfiguration } from "../../bin/settings.ts"
import { databaseChecks } from "../../src/adapters/postgres/upkeep/DatabaseExamination.ts"
import { mailServer } from "../adapters/mail/TestMailServer.ts"
import { execute } from "../adapters/postgres/TestClient.ts"
import { migratedDatabase } from "../e2e/Database.ts"
import { emptyDirectory, usedDataDirectory } from "../e2e/IdentityProcess.ts"
import { selfSignedCertificate } from "../support/self-signed-certificate.ts"
import { onlyVariables } from "../support/settings.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { tlsFilesOf } from "../support/tls-files.ts"

const SECRET = "b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"

const OTHER_SECRET = "rJ0mIDxZHGm5Wwn1yCMA9mKZVQfGxT4Yk8m1sT3uQ7E"

const machine = ["configuration", "keys", "tls", "open-files"]
const store = [...databaseChecks, "clock"]

/** A factor that e1 has sealed, a passkey of example.com, and a challenge for a day, derived from the key k0. */
const STORED = `
  WITH factor AS (
    INSERT INTO factors (id, account_id, type, name, created_at, seed, sealed_by, rp_id) VALUES
      ('fct_0000000000000000000000000', 'a', 'totp', 'Phone', now(), 'e1.c2VjcmV0', 'e1', NULL),
      ('fct_0000000000000000000000001', 'a', 'passkey', 'Laptop', now(), NULL, NULL, 'example.com')
  )
  INSERT INTO challenges (id, purpose, subject, place, email, tries, created_at, expires_at, resend_at, signing_key)
  VALUES ('chl_0000000000000000000000000', 'sign-up', 's', 1, 'ada@example.com', 0, now(), now() + interval '1 day', now(), 'k0')`

const lookAt = (environment: Readonly<Record<string, string>>) =>
  loadConfiguration([]).pipe(
    Effect.flatMap(examine),
    Effect.map((findings) => {
      const named = (outcome: string) => findings.filter((it) => it.outcome === outcome).map(({ check }) => check)
      const told = (check: string) => findings.filter((it) => it.check === check).map(({ detail }) => detail).join("\n")
      return { findings, failures: named("failure"), warnings: named("warning"), well: named("ok"), told }
    }),
    Effect.provide([onlyVariables(environment), NodeServices.layer])
  )

const on = (url: string) => ({ IDENTITY_DATABASE_URL: url, IDENTITY_SIGNING_KEYS: `k1:${SECRET}` })

describe("doctor", () => {
  it.live("finds nothing where all is well, and has looked at everything once", () =>
    Effect.gen(function*() {
      const variables = on(Redacted.value((yield* migratedDatabase).url))
      const { failures, told, warnings, well } = yield* lookAt(variables)
      assert.deepStrictEqual([failures, warnings, well], [[], [], [...machine, ...store, "mail"]])
      const off = "Second factors are off, because IDENTITY_ENCRYPTION_KEYS isn't set."
      assert.include(told("keys"), off)
      const sealing = yield* lookAt({ ...variables, IDENTITY_ENCRYPTION_KEYS: `e1:${OTHER_SECRET}` })
      assert.notInclude(sealing.told("keys"), off)
    }))

  it.live("reports the rest when the database is away, and says what could not be checked", () =>
    Effect.gen(function*() {
      const { failures, told, warnings, well } = yield* lookAt(on("postgres://ada@127.0.0.1:1/identity"))
      assert.deepStrictEqual([failures, warnings, well], [["database"], store.slice(1), [...machine, "mail"]])
      assert.include(told("database"), "can't be reached")
      assert.strictEqual(
        told("mail"),
        "No mail server is set, so mails wait in the database. `identity list-mails` lists them, and `identity show-mail` " +
          "prints one with its code and link. To have them sent, set IDENTITY_SMTP_URL and IDENTITY_MAIL_FROM."
      )
      for (const check of store.slice(1)) assert.strictEqual(told(check), "Not checked: the database can't be used.")
    }))

  it.live("finds all settings that are invalid, without repeating a secret, and what is ignored", () =>
    Effect.gen(function*() {
      const { failures, findings, told, warnings } = yield* lookAt({
        IDENTITY_DATABASE_URL: "postgres://ada:hunter2@127.0.0.1:1/identity",
        IDENTITY_SIGNING_KEYS: `k1:${SECRET.slice(0, 20)}`,
        IDENTITY_PORT: "eighty",
        IDENTITY_HOSTT: "127.0.0.1"
      })
      assert.deepStrictEqual(failures, ["configuration", "configuration"])
      assert.deepStrictEqual(warnings, ["configuration", ...machine.slice(1), ...store, "mail"])
      assert.match(told("configuration"), /IDENTITY_SIGNING_KEYS key 1 must have at least 32 bytes/)
      assert.match(told("configuration"), /IDENTITY_PORT .*"eighty" \(from environment\)/)
      assert.match(told("configuration"), /IDENTITY_HOSTT isn't a setting/)
      assert.notMatch(JSON.stringify(findings), new RegExp(`hunter2|${SECRET.slice(0, 20)}`))
    }))

  const WEAK = ["default:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", `a:${OTHER_SECRET},b:${OTHER_SECRET}`]
  const rings = ["IDENTITY_SIGNING_KEYS", "IDENTITY_ENCRYPTION_KEYS"].flatMap((name) =>
    WEAK.map((keys) => [name, keys])
  )

  it.live.each(rings)("finds the weak %s %s", ([name = "", keys = ""]) =>
    Effect.gen(function*() {
      const { failures, told } = yield* lookAt({ ...on("postgres://127.0.0.1:1/identity"), [name]: keys })
      assert.deepStrictEqual(failures, ["configuration"])
      assert.include(told("configuration"), `${name} key`)
    }))

  it.live("finds the keys that are missing and the other domain of passkeys, by what is stored", () =>
    Effect.gen(function*() {
      const { url } = yield* migratedDatabase
      yield* execute({ url }, STORED)
      const { failures, findings, told } = yield* lookAt(on(Redacted.value(url)))
      assert.deepStrictEqual(failures, ["keys", "keys", "configuration"])
      assert.include(told("keys"), "IDENTITY_ENCRYPTION_KEYS lacks the key e1, by which secrets")
      assert.include(told("keys"), "IDENTITY_SIGNING_KEYS lacks the key k0, which codes")
      assert.include(told("configuration"), "IDENTITY_PASSKEY_RP_ID must be example.com, because")
      const advice = findings.filter(({ outcome }) => outcome === "failure").map(({ advice }) => advice).join("\n")
      for (const it of ["rotate-encryption-keys", "end-challenges", "remove-factor"]) assert.include(advice, it)
    }))

  it.live("finds an old key, a certificate that has expired or soon will have, and limits that are off", () =>
    Effect.gen(function*() {
      const expired = yield* tlsFilesOf(selfSignedCertificate(["240101000000Z", "250101000000Z"]))
      const variables = {
        IDENTITY_DATA_DIR: yield* emptyDirectory,
        IDENTITY_SIGNING_KEYS: `k20240101-abc123:${SECRET}`,
        IDENTITY_TLS_CERT: expired.files.cert,
        IDENTITY_TLS_KEY: expired.files.key,
        IDENTITY_RATE_LIMITS: "off"
      }
      const found = yield* lookAt(variables)
      assert.deepStrictEqual([found.failures, found.warnings], [["tls"], ["configuration", "keys", ...store]])
      assert.include(found.told("configuration"), "Limits are off")
      const sealing = {
        IDENTITY_SIGNING_KEYS: `k1:${SECRET}`,
        IDENTITY_ENCRYPTION_KEYS: `k20240102-xyz987:${OTHER_SECRET}`
      }
      assert.include((yield* lookAt({ ...variables, ...sealing })).told("keys"), "k20240102-xyz987, which seals")
      const tomorrow = new Date(Date.now() + 86_400_000).toISOString().replaceAll(/^..|[-T:]|\..*/g, "")
      const { files } = yield* tlsFilesOf(selfSignedCertificate(["240101000000Z", `${tomorrow}Z`]))
      const soon = yield* lookAt({ ...variables, IDENTITY_TLS_CERT: files.cert, IDENTITY_TLS_KEY: files.key })
      assert.deepStrictEqual([soon.failures, soon.warnings], [[], ["configuration", "keys", "tls", ...store]])
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live("counts the connections of all workers, and none where a pooler shares them", () =>
    Effect.gen(function*() {
      const { url } = yield* migratedDatabase
      const name = new URL(Redacted.value(url)).pathname.slice(1)
      yield* execute({ url }, `ALTER DATABASE ${name} CONNECTION LIMIT 30`)
      const variables = { ...on(Redacted.value(url)), IDENTITY_WORKERS: "3" }
      const found = yield* lookAt(variables)
      assert.deepStrictEqual(found.failures, ["connections"])
      assert.include(found.told("connections"), "A server takes up to 34 connections")
      const pooled = yield* lookAt({ ...variables, IDENTITY_DATABASE_URL: `${Redacted.value(url)}?pgbouncer=true` })
      assert.deepStrictEqual(pooled.failures, [])
    }))
})

describe("doctor and the mail server", () => {
  const sending = Effect.fnUntraced(function*(url: string, ca: string) {
    const directory = yield* temporaryDirectory("identity-ca-")
    yield* Effect.promise(() => writeFile(`${directory}/ca.pem`, ca))
    return yield* lookAt({
      ...on("postgres://127.0.0.1:1/identity"),
      IDENTITY_SMTP_URL: url,
      IDENTITY_SMTP_CA: `${directory}/ca.pem`,
      IDENTITY_MAIL_FROM: "Example <accounts@example.com>"
    })
  })

  const signsIn = mailServer({
    authOptional: false,
    onAuth: ({ password, username }, _session, done) => done(null, password === "hunter2" ? { user: username } : {})
  })

  it.live("signs in and sends nothing", () =>
    Effect.gen(function*() {
      const server = yield* signsIn
      const { told, well } = yield* sending(`smtp://ada:hunter2@127.0.0.1:${server.port}`, server.ca)
      assert.include(well, "mail")
      assert.strictEqual(
        told("mail"),
        `The mail server 127.0.0.1:${server.port} answers over TLS and takes user and password.`
      )
      assert.deepStrictEqual(server.received, [])
    }).pipe(Effect.scoped))

  it.live("says what keeps mails from being sent, without the password", () =>
    Effect.gen(function*() {
      const server = yield* signsIn
      const { failures, findings, told } = yield* sending(`smtp://ada:wr0ng@127.0.0.1:${server.port}`, server.ca)
      assert.include(failures, "mail")
      assert.strictEqual(
        told("mail"),
        `The mail server 127.0.0.1:${server.port} doesn't accept user and password (535).`
      )
      assert.notInclude(JSON.stringify(findings), "wr0ng")
    }).pipe(Effect.scoped))
})

/** Everything below a directory, with when it was last changed. */
const stateOf = (directory: string) =>
  readdirSync(directory, { recursive: true, encoding: "utf8" }).toSorted().map((name) => [
    name,
    statSync(`${directory}/${name}`).mtimeMs
  ])

describe("doctor and the embedded database", () => {
  it.live("starts nothing: neither what is not there yet nor what does not run", () =>
    Effect.gen(function*() {
      const parent = yield* emptyDirectory
      const used = yield* usedDataDirectory
      const before = stateOf(used)
      for (const directory of [`${parent}/data`, used]) {
        const { failures, findings, told, warnings } = yield* lookAt({ IDENTITY_DATA_DIR: directory })
        assert.deepStrictEqual([failures, warnings], [[], store])
        assert.include(told("database"), "the embedded database does not run")
        const advice = findings.filter(({ check }) => store.includes(check)).map(({ advice }) => advice)
        assert.deepStrictEqual(advice, store.map(() => "Start the server first."))
        assert.include(told("keys"), "There is no signing key yet")
      }
      assert.deepStrictEqual(readdirSync(parent), [])
      assert.deepStrictEqual(stateOf(used), before)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live.each(["/dev/null", "/dev/null/data"])(
    "names the data directory %s that is none",
    (directory) =>
      Effect.gen(function*() {
        const { failures, told, warnings } = yield* lookAt({ IDENTITY_DATA_DIR: directory })
        assert.deepStrictEqual([failures, warnings], [["database"], ["keys", ...store.slice(1)]])
        assert.include(told("database"), `IDENTITY_DATA_DIR names ${directory}`)
      })
  )
})
