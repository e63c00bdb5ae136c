import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { CommandLine, layer } from "./TestCommandLine.ts"

const convert = Effect.fnUntraced(function*(system: string, stdin: string, ...more: ReadonlyArray<string>) {
  const { run } = yield* CommandLine
  return yield* run(["convert-import", "--from", system, "-", ...more], { stdin })
})

const SUPABASE = "id,email,encrypted_password\n1,a@b.example,\n2,b@b.example,\n3,c@b.example,$2b$04$" + "a".repeat(53)

/** What `kc.sh export` makes without `--realm`. */
const REALMS = JSON.stringify([{ realm: "master", enabled: true, users: [] }, {
  realm: "r",
  enabled: true,
  users: [{}]
}])

const strange = [
  ["keycloak", REALMS],
  ["keycloak", "x"],
  ["firebase", SUPABASE],
  ["htpasswd", "{\"users\":[{\"email\":\"ada@example.com\"}]}"],
  ["ldap", SUPABASE],
  ["ldap", "{\"users\":[{\"email\":\"ada@example.com\"}]}\n"]
] as const

describe("identity convert-import", () => {
  it.effect("refuses what isn't an export of the system, and says what one has", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* convert("keycloak", SUPABASE), {
        exitCode: 2,
        stdout: "",
        stderr:
          "This isn't an export of one realm of Keycloak. A record of one has createdTimestamp or credentials. Name the " +
          "system that made the file with --from: keycloak, firebase, auth0, better-auth, cognito, django, werkzeug, " +
          "aspnet, devise, phpass, wordpress, ldap, htpasswd, kratos, supabase."
      })
      for (const [from, text] of strange) {
        const { exitCode, stderr, stdout } = yield* convert(from, text)
        assert.deepStrictEqual([exitCode, stdout], [2, ""])
        assert.include(stderr, "This isn't an export of ")
      }
    }).pipe(Effect.provide(layer())))

  it.effect("converts no account out of an export that has none", () =>
    Effect.gen(function*() {
      const empty = [
        ["keycloak", "{\"users\":[]}"],
        ["kratos", "[]\n"],
        ["supabase", "id,email,encrypted_password\n"],
        [
          "ldap",
          ""
        ]
      ] as const
      for (const [from, text] of empty) {
        assert.deepStrictEqual(yield* convert(from, text), {
          exitCode: 0,
          stdout: "",
          stderr: "Converted 0 accounts."
        })
      }
    }).pipe(Effect.provide(layer())))

  it.effect("counts the accounts without a password", () =>
    Effect.gen(function*() {
      const { exitCode, stderr } = yield* convert("supabase", SUPABASE)
      assert.deepStrictEqual([exitCode, stderr], [
        0,
        "Converted 3 accounts.\n2 of 3 accounts have no password: their holders need a recovery."
      ])
    }).pipe(Effect.provide(layer())))

  it.effect("leaves out the passwords that an import would refuse, and says so, with --json as JSON", () =>
    Effect.gen(function*() {
      const ldif = "dn: uid=ada\nmail: ada@example.com\nuserPassword: in the clear\n"
      const row = "{\"external_id\":\"uid=ada\",\"email\":\"ada@example.com\",\"display_name\":\"ada\"}"
      const message = "uid=ada loses its password: the hash must be a password hash of a known format."
      assert.deepStrictEqual(yield* convert("ldap", ldif), {
        exitCode: 0,
        stdout: row,
        stderr: `${message}\nConverted 1 account.\n1 of 1 account has no password: its holder needs a recovery.`
      })
      const { stderr, stdout } = yield* convert("ldap", ldif, "--json")
      assert.deepStrictEqual([stdout, JSON.parse(stderr)], [row, { warning: { message } }])
    }).pipe(Effect.provide(layer())))
})
