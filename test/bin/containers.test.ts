import { assert, describe, it } from "@effect/vitest"
import { Option, Redacted, Result, Schema } from "effect"
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parse } from "yaml"
import { KeyRing } from "../../src/adapters/crypto/KeyRing.ts"
import { describeTarget } from "../../src/adapters/postgres/connection/PostgresTarget.ts"
import { documentedStatements } from "../security/DocumentedRole.ts"

const file = (path: string) => new URL(`../../${path}`, import.meta.url)

const Secret = Schema.Union([Schema.String, Schema.Struct({ source: Schema.String, target: Schema.String })])

const Service = Schema.Struct({
  image: Schema.String,
  init: Schema.optional(Schema.Boolean),
  read_only: Schema.optional(Schema.Boolean),
  cap_drop: Schema.optional(Schema.Array(Schema.String)),
  environment: Schema.Record(Schema.String, Schema.String),
  secrets: Schema.Array(Secret),
  ports: Schema.optional(Schema.Array(Schema.String)),
  profiles: Schema.optional(Schema.Array(Schema.String)),
  depends_on: Schema.optional(Schema.Record(Schema.String, Schema.Struct({ condition: Schema.String })))
})

const Compose = Schema.Struct({
  services: Schema.Record(Schema.Literals(["postgres", "migrate", "grants", "server", "cli"]), Service),
  secrets: Schema.Record(Schema.String, Schema.Struct({ file: Schema.String })),
  configs: Schema.Struct({
    roles: Schema.Struct({ content: Schema.String }),
    grants: Schema.Struct({ content: Schema.String })
  })
})

const compose = Schema.decodeUnknownSync(Compose)(parse(readFileSync(file("compose.yaml"), "utf8"), { merge: true }))
const { cli, grants, migrate, postgres, server } = compose.services

/** The statement of the page for those who don't keep all entries. */
const [forgetting] = /^GRANT EXECUTE ON FUNCTION forget_audit_entries .*$/m.exec(
  readFileSync(file("docs/least-privilege.md"), "utf8")
) ?? []

/** The secret behind a setting, or behind a file of the same name. */
const secretOf = (service: typeof Service.Type, name: string) =>
  service.secrets.flatMap((secret) =>
    typeof secret === "string" ? secret === name ? [secret] : [] : secret.target === name ? [secret.source] : []
  )[0]

describe("compose.yaml", () => {
  it("gives containers of the image an init that reaps processes whose parents were killed", () => {
    for (const service of [migrate, server, cli]) assert.strictEqual(service.init, true)
  })

  it("gives containers of the image neither capabilities nor a place to write", () => {
    for (const service of [migrate, server, cli]) {
      assert.deepStrictEqual([service.cap_drop, service.read_only], [["ALL"], true])
    }
  })

  it("[ASVS 13.2.2] has the owner migrate, and the server and commands connect as the documented role", () => {
    assert.strictEqual(secretOf(migrate, "IDENTITY_DATABASE_URL"), "owner_database_url")
    for (const service of [server, cli]) {
      assert.strictEqual(secretOf(service, "IDENTITY_DATABASE_URL"), "server_database_url")
    }
    const [createRole, ...granted] = documentedStatements
    assert.match(createRole ?? "", /^CREATE ROLE identity_server LOGIN PASSWORD/)
    assert.deepStrictEqual(
      compose.configs.grants.content,
      [...granted.map((text) => `${text.replace(/;$/, "")};`), `\${IDENTITY_AUDIT_RETENTION:+${forgetting}}`, ""].join(
        "\n"
      )
    )
    assert.match(compose.configs.roles.content, /^CREATE ROLE identity_server LOGIN PASSWORD :'server';$/m)
    assert.notMatch(compose.configs.roles.content, /SUPERUSER|CREATEDB|CREATEROLE|BYPASSRLS/)
  })

  it("has the server and commands forget old entries of the audit log where the role is granted that", () => {
    for (const service of [server, cli]) {
      assert.strictEqual(service.environment["IDENTITY_AUDIT_RETENTION"], "${IDENTITY_AUDIT_RETENTION:-}")
    }
  })

  it("starts the server once its role has its rights", () => {
    const isDone = { condition: "service_completed_successfully" }
    assert.deepStrictEqual([grants.depends_on?.["migrate"], server.depends_on?.["grants"]], [isDone, isDone])
    assert.deepStrictEqual(cli.profiles, ["cli"])
  })

  it("hands secrets over as files and nothing of them by the environment", () => {
    for (const service of [migrate, server, cli]) {
      assert.strictEqual(service.environment["IDENTITY_SECRETS_DIR"], "/run/secrets")
      assert.strictEqual(secretOf(service, "IDENTITY_SIGNING_KEYS"), "signing_keys")
      assert.strictEqual(secretOf(service, "IDENTITY_ENCRYPTION_KEYS"), "encryption_keys")
    }
    assert.strictEqual(postgres.environment["POSTGRES_PASSWORD_FILE"], "/run/secrets/postgres_password")
    const variables = Object.values(compose.services).flatMap(({ environment }) => Object.keys(environment))
    assert.deepStrictEqual(variables.filter((name) => /PASSWORD$|KEYS|DATABASE_URL|PEPPERS/.test(name)), [])
  })

  it("publishes to this machine alone, and lets metrics be scraped and a proxy name its clients", () => {
    assert.deepStrictEqual(server.ports, ["127.0.0.1:8080:8080", "127.0.0.1:9090:9090"])
    assert.strictEqual(server.environment["IDENTITY_MANAGEMENT_HOST"], "0.0.0.0")
    const gateway = /gateway: (\S+)/.exec(readFileSync(file("compose.yaml"), "utf8"))?.[1]
    assert.strictEqual(server.environment["IDENTITY_TRUSTED_PROXIES"], `\${IDENTITY_TRUSTED_PROXIES:-${gateway}}`)
  })
})

describe("Dockerfile", () => {
  it("has in its build all that the package is made of", () => {
    const directory = mkdtempSync(join(tmpdir(), "identity-build-"))
    try {
      const allowed = [...readFileSync(file(".dockerignore"), "utf8").matchAll(/^!(.+)$/gm)].map(([, path]) =>
        path ?? ""
      )
      for (const path of allowed) cpSync(file(path), join(directory, path), { recursive: true })
      mkdirSync(join(directory, "dist"))
      execFileSync(process.execPath, ["scripts/write-manifest.ts"], { cwd: directory, stdio: "pipe" })
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

describe("compose-secrets", () => {
  it("makes the files that compose.yaml names, once, and lets nobody else enter their directory", () => {
    const directory = mkdtempSync(join(tmpdir(), "identity-compose-"))
    try {
      cpSync(file("compose-secrets"), join(directory, "compose-secrets"))
      const run = () => execFileSync(join(directory, "compose-secrets"), { cwd: "/", encoding: "utf8" })
      const read = (name: string) => readFileSync(join(directory, "secrets", name), "utf8").trimEnd()
      assert.match(run(), /\/secrets\. Made now: postgres_password, .*, signing_keys, encryption_keys\.\n$/)
      const names = readdirSync(join(directory, "secrets"))
      assert.deepStrictEqual(
        names.map((name) => `./secrets/${name}`).toSorted(),
        Object.values(compose.secrets).map((secret) => secret.file).toSorted()
      )
      assert.strictEqual(statSync(join(directory, "secrets")).mode & 0o777, 0o700)
      const texts = names.map(read)
      assert.include(run(), "none, because all were there")
      assert.deepStrictEqual(names.map(read), texts)

      for (const keys of ["signing_keys", "encryption_keys"]) {
        assert.isTrue(Option.isSome(Schema.decodeOption(KeyRing)(read(keys))))
      }
      for (const role of ["owner", "server"]) {
        const url = read(`${role}_database_url`)
        assert.include(url, `//identity_${role}:${read(`${role}_password`)}@postgres:5432/identity`)
        assert.isTrue(Result.isSuccess(describeTarget({ url: Redacted.make(url) })))
      }
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
