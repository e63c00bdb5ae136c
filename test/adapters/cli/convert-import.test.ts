import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import { Email } from "../../../src/domain/model/Email.ts"
import { Password } from "../../../src/domain/model/Password.ts"
import { Sessions } from "../../../src/domain/sessions/Sessions.ts"
import vectors from "../../vectors/foreign-password-hashes.json" with { type: "json" }
import { CommandLine, layer } from "./TestCommandLine.ts"

const PASSWORD = "correct horse battery staple"

/** A hash that the system itself has made, of the password above unless another is given. */
const hashBy = (beginning: string, password = PASSWORD): string =>
  vectors.find((it) => it.hash.startsWith(beginning) && it.password === password)?.hash ?? ""

const [, , salt = "", tag = ""] = hashBy("$pbkdf2-sha256$i=").split("$").slice(1)
const [, , , argonSalt = "", argonTag = ""] = hashBy("$argon2i$").split("$").slice(1)
const [, , , fireSalt = "", fireHash = "", , signerKey = ""] = hashBy("$firescrypt$", "user1password").split("$")
const betterAuth = hashBy("$scrypt-nfkc$").split("$").slice(3)
const hexOf = (base64: string) => Buffer.from(base64, "base64").toString("hex")

const FIREBASE = `hash_config {
  algorithm: SCRYPT,
  base64_signer_key: ${signerKey},
  base64_salt_separator: Bw==,
  rounds: 8,
  mem_cost: 14,
}`

const keycloakUser = (name: string, secretData: object, credentialData: object, more: object = {}) => ({
  id: `kc-${name}`,
  username: name,
  email: `${name}@example.com`,
  emailVerified: true,
  firstName: "Ada",
  lastName: "Lovelace",
  enabled: true,
  createdTimestamp: 1_577_934_245_678,
  credentials: [
    { type: "password", secretData: JSON.stringify(secretData), credentialData: JSON.stringify(credentialData) },
    ...[more].filter((it) => Object.keys(it).length > 0)
  ]
})

const padded = (base64: string) => base64 + "=".repeat((4 - base64.length % 4) % 4)

/** An export of each system, with a person ada@example.com who has the password above or the given one. */
const exportsOf: ReadonlyArray<readonly [system: string, file: string, password?: string]> = [
  [
    "keycloak",
    JSON.stringify({
      realm: "r",
      users: [
        keycloakUser("ada", { value: padded(tag), salt: padded(salt) }, {
          hashIterations: 1000,
          algorithm: "pbkdf2-sha256"
        }),
        keycloakUser("bob", { value: padded(argonTag), salt: padded(argonSalt) }, {
          hashIterations: 3,
          algorithm: "argon2",
          additionalParameters: { memory: ["64"], parallelism: ["1"], type: ["i"], version: ["1.3"] }
        })
      ]
    })
  ],
  [
    "firebase",
    JSON.stringify({
      users: [{
        localId: "fb",
        email: "ada@example.com",
        passwordHash: fireHash,
        salt: fireSalt,
        createdAt: "1577934245678"
      }]
    }),
    "user1password"
  ],
  [
    "auth0",
    `${
      JSON.stringify({
        _id: { $oid: "5e" },
        email: "ada@example.com",
        email_verified: true,
        passwordHash: hashBy("$2b$04$"),
        created_at: { $date: "2020-01-02T03:04:05.678Z" }
      })
    }\n`
  ],
  [
    "better-auth",
    JSON.stringify([{
      id: "b1",
      name: "Ada",
      email: "ada@example.com",
      emailVerified: 1,
      accounts: [{
        providerId: "credential",
        password: `${Buffer.from(betterAuth[0] ?? "", "base64")}:${hexOf(betterAuth[1] ?? "")}`
      }]
    }])
  ],
  [
    "django",
    JSON.stringify([{
      model: "auth.user",
      pk: 1,
      fields: { email: "ada@example.com", username: "ada", is_active: true, password: hashBy("bcrypt_sha256$") }
    }])
  ],
  ["werkzeug", `id,email,name,password_hash\r\n1,ada@example.com,"Ada, ""Countess""",${hashBy("pbkdf2:sha1")}\r\n`],
  [
    "aspnet",
    `Id,UserName,Email,EmailConfirmed,PasswordHash,TwoFactorEnabled\n1,ada,ada@example.com,True,${
      hashBy("AQAAAAEAA9CQ", "my password")
    },True\n`,
    "my password"
  ],
  [
    "cognito",
    `name,given_name,email,email_verified,cognito:mfa_enabled,cognito:username,password_hash\n,Ada,ada@example.com,TRUE,false,ada,${
      hashBy("$2b$04$")
    }\n`
  ],
  ["devise", `id,email,encrypted_password,confirmed_at\n1,ada@example.com,${hashBy("$2a$04$")},2020-01-02 03:04:05\n`],
  ["phpass", `id,email,password\n1,ada@example.com,${hashBy("$P$")}\n`],
  [
    "wordpress",
    `ID,user_login,user_pass,user_email,user_registered,display_name\n1,ada,${
      hashBy("$wp$")
    },ada@example.com,2020-01-02 03:04:05,Ada\n`
  ],
  [
    "ldap",
    `version: 1\n\ndn: uid=ada,dc=example\nuid: ada\ncn: Ada\nmail: ada@ex\n ample.com\nuserPassword:: ${
      Buffer.from(hashBy("{SSHA}")).toString("base64")
    }\n`
  ],
  ["htpasswd", `# people\nada@example.com:${hashBy("$apr1$")}\n`],
  [
    "kratos",
    JSON.stringify([{
      id: "k1",
      state: "active",
      traits: { email: "ada@example.com", name: { first: "Ada", last: "Lovelace" } },
      verifiable_addresses: [{ value: "ada@example.com", verified: true }],
      credentials: { password: { config: { hashed_password: hashBy("$argon2i$") } } }
    }])
  ],
  [
    "supabase",
    `id,email,encrypted_password,email_confirmed_at,raw_user_meta_data\ns1,ada@example.com,${
      hashBy("$2b$04$")
    },2020-01-02 03:04:05+00,"{""full_name"": ""Ada""}"\n`
  ]
]

const signIn = (email: string, password: string) =>
  Effect.flatMap(Sessions, (sessions) =>
    sessions.signIn({
      email: Email.make(email),
      password: Schema.decodeSync(Password)(password),
      client: { userAgent: undefined, ipAddress: undefined },
      transport: "token"
    }))

const convert = Effect.fnUntraced(function*(system: string, stdin: string, more: ReadonlyArray<string> = []) {
  const { run } = yield* CommandLine
  return yield* run(["convert-import", "--from", system, "-", ...more], { stdin })
})

describe("identity convert-import", () => {
  it.effect.each(exportsOf)(
    "from %s, people sign in with the passwords they had",
    ([system, file, password = PASSWORD]) =>
      Effect.gen(function*() {
        const files = yield* FileSystem.FileSystem
        const parameters = yield* files.makeTempFileScoped()
        yield* files.writeFileString(parameters, FIREBASE)
        const { run } = yield* CommandLine
        const rows = (yield* convert(system, file, ["--firebase-parameters", parameters])).stdout
        const imported = yield* run(["import-accounts", "-", "--json"], { stdin: rows })
        assert.strictEqual(imported.exitCode, 0, imported.stdout)
        yield* signIn("ada@example.com", password)
        if (system === "keycloak") yield* signIn("bob@example.com", password)
        const wrong = yield* Effect.flip(signIn("ada@example.com", `${password}!`))
        assert.strictEqual(wrong._tag, "InvalidCredentials")
        const again = yield* run(["import-accounts", "-", "--json"], { stdin: rows })
        assert.notInclude(again.stdout, "\"created\"")
      }).pipe(Effect.provide([layer(), NodeFileSystem.layer]))
  )

  it.effect("keeps names, ids, states and instants", () =>
    Effect.gen(function*() {
      const { stdout } = yield* convert("keycloak", exportsOf[0]?.[1] ?? "")
      const [ada = ""] = stdout.split("\n")
      assert.deepStrictEqual(JSON.parse(ada).factors, [])
      assert.include(JSON.parse(ada), {
        external_id: "kc-ada",
        email_verified: true,
        display_name: "Ada Lovelace",
        created_at: "2020-01-02T03:04:05.678Z"
      })
      const { stdout: werkzeug } = yield* convert("werkzeug", exportsOf[5]?.[1] ?? "")
      assert.strictEqual(JSON.parse(werkzeug).display_name, "Ada, \"Countess\"")
      const disabled = yield* convert(
        "kratos",
        JSON.stringify({ id: "k", state: "inactive", traits: { email: "a@b.example" }, credentials: {} })
      )
      assert.deepStrictEqual(JSON.parse(disabled.stdout), {
        external_id: "k",
        email: "a@b.example",
        display_name: "a",
        status: "disabled",
        factors: []
      })
    }).pipe(Effect.provide(layer())))

  it.effect("says record by record what is left out or lost", () =>
    Effect.gen(function*() {
      const htpasswd = yield* convert("htpasswd", "ada:{SHA}q/eq1kOINtvlJqojGr3i0O73TUI=\nnonsense\nbob@example.com:x")
      assert.strictEqual(htpasswd.exitCode, 3)
      assert.deepStrictEqual(htpasswd.stderr.split("\n"), [
        "Line 1 has no email, and is left out.",
        "Line 2 can't be read, and is left out.",
        "Line 3 loses its password: the hash must be a password hash of a known format.",
        "Converted 1 account.",
        "1 of 1 account has no password: its holder needs a recovery.",
        "2 records were left out."
      ])
      const otp = keycloakUser("ada", {}, { algorithm: "secret" }, { type: "otp" })
      const keycloak = yield* convert("keycloak", JSON.stringify({ users: [otp] }))
      assert.include(keycloak.stderr, "Record 1 loses its password, whose algorithm is unknown and its second factor.")
      const firebase = yield* convert("firebase", exportsOf[1]?.[1] ?? "")
      assert.include(firebase.stderr, "Record 1 loses its password: give --firebase-parameters.")
      const cognito = yield* convert(
        "cognito",
        "name,email,email_verified,cognito:mfa_enabled,cognito:username\nAda,ada@example.com,true,true,ada"
      )
      assert.include(cognito.stderr, "Line 2 loses its second factor.")
      assert.deepStrictEqual(JSON.parse(cognito.stdout), {
        external_id: "ada",
        email: "ada@example.com",
        email_verified: true,
        display_name: "Ada"
      })
      const broken = yield* convert("auth0", "{\"user_id\":\"a\",\"email\":\"a@b.example\"}\n{\n")
      assert.include(broken.stderr, "Line 2 can't be read, and is left out.")
      const django = yield* convert("django", "id,email,password\n1,a@b.example,!unusable\n2,\"a")
      assert.include(django.stderr, "Line 3 can't be read, and is left out.")
      assert.notInclude(django.stdout, "password_hash")
    }).pipe(Effect.provide(layer())))

  it.effect("refuses Firebase parameters that lack one", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const parameters = yield* files.makeTempFileScoped()
      const { exitCode, stderr } = yield* convert("firebase", "[]", ["--firebase-parameters", parameters])
      assert.deepStrictEqual([exitCode, stderr], [
        2,
        "The Firebase parameters must have base64_signer_key, base64_salt_separator, rounds and mem_cost."
      ])
    }).pipe(Effect.provide([layer(), NodeFileSystem.layer])))
})
