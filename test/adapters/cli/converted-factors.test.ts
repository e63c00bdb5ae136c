/** Second factors in the exports of other systems. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ADA } from "../../support/TestIdentity.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

/** The key of RFC 6238, Appendix B, and the same in base32. */
const [SEED_TEXT, SEED] = ["12345678901234567890", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"]

const keycloakOtp = (changes: object, value = SEED_TEXT, more: object = {}) => ({
  type: "otp",
  secretData: JSON.stringify({ value }),
  credentialData: JSON.stringify({ subType: "totp", digits: 6, period: 30, algorithm: "HmacSHA1", ...changes }),
  ...more
})

const kratosOtp = (parameters: string, more: object = {}) => ({
  totp: { type: "totp", config: { totp_url: `otpauth://totp/Kratos:ada@example.com?${parameters}` } },
  ...more
})

const FACTOR = { type: "totp", secret: SEED }

/** Exports of people with an authenticator application, the `factors` of their rows, and what is said to be lost. */
const applications = (() => {
  const peopleWith = (member: string, all: ReadonlyArray<unknown>) =>
    JSON.stringify(
      all.map((it, index) => ({ id: `${index}`, traits: { email: `${index}@example.com` }, [member]: it }))
    )
  const named = { userLabel: "My phone", createdDate: 1_577_934_245_678 }
  const keycloak: ReadonlyArray<readonly [credentials: ReadonlyArray<object>, factors?: ReadonlyArray<object>]> = [
    [[keycloakOtp({}, SEED_TEXT, named)], [{ ...FACTOR, name: "My phone", created_at: "2020-01-02T03:04:05.678Z" }]],
    [[keycloakOtp({ secretEncoding: "BASE32" }, SEED, { userLabel: " " })], [FACTOR]],
    [[{ type: "totp", hashedSaltedValue: SEED_TEXT, algorithm: "HmacSHA1", digits: 6, period: 30 }], [FACTOR]],
    [[keycloakOtp({}), { type: "webauthn" }], [FACTOR]],
    [[keycloakOtp({}, "elevenbytes")], [{ ...FACTOR, secret: "MVWGK5TFNZRHS5DFOM" }]],
    [[keycloakOtp({ digits: 8 })]],
    [[keycloakOtp({ period: 60 })]],
    [[keycloakOtp({ algorithm: "HmacSHA256" })]],
    [[keycloakOtp({ subType: "hotp" })]],
    [[keycloakOtp({}, "short")]]
  ]
  const kratos: ReadonlyArray<readonly [credentials: object, factors?: ReadonlyArray<object>]> = [
    [kratosOtp(`algorithm=SHA1&digits=6&issuer=Kratos&period=30&secret=${SEED}`), [FACTOR]],
    [kratosOtp(`secret=${SEED}`, { lookup_secret: {} }), [FACTOR]],
    [kratosOtp(`algorithm=SHA512&secret=${SEED}`)],
    [{ totp: { config: { totp_url: "" } } }]
  ]
  const lost = (which: ReadonlyArray<number>, some: number) =>
    which.map((record) => `Record ${record} loses ${record === some ? "a" : "its"} second factor.`)
  const users = keycloak.map(([credentials], index) => ({ email: `${index}@example.com`, credentials }))
  return [
    ["keycloak", JSON.stringify({ users }), keycloak.map(([, factors = []]) => factors), lost([4, 6, 7, 8, 9, 10], 4)],
    [
      "kratos",
      peopleWith("credentials", kratos.map(([credentials]) => credentials)),
      kratos.map(([, factors = []]) => factors),
      lost([2, 3, 4], 2)
    ]
  ] as const
})()

describe("identity convert-import", () => {
  it.effect.each(applications)(
    "from %s, authenticator applications come along whose codes are like ours, and others are named",
    ([system, file, factors, lost]) =>
      Effect.gen(function*() {
        const { run } = yield* CommandLine
        const { stderr, stdout } = yield* run(["convert-import", "--from", system, "-"], { stdin: file })
        assert.deepStrictEqual(stdout.split("\n").map((row) => JSON.parse(row).factors), factors)
        const lines = stderr.split("\n").filter((line) => line.startsWith("Record "))
        assert.deepStrictEqual(lines, lost)
        const { exitCode, stdout: outcomes } = yield* run(["import-accounts", "-", "--json"], { stdin: stdout })
        assert.strictEqual(exitCode, 0, outcomes)
        assert.notInclude(stderr + outcomes, SEED)
      }).pipe(Effect.provide(layer()))
  )

  it.effect("says nothing of factors that Kratos was not asked for", () =>
    Effect.gen(function*() {
      const credentials = { password: { type: "password" }, totp: { type: "totp", identifiers: ["1"] } }
      const file = JSON.stringify([{ id: "1", traits: { email: ADA.email }, credentials }])
      const { stderr, stdout } = yield* CommandLine.use(({ run }) =>
        run(["convert-import", "--from", "kratos", "-"], { stdin: file })
      )
      assert.notProperty(JSON.parse(stdout), "factors")
      assert.include(stderr, "Record 1 loses its second factor.")
    }).pipe(Effect.provide(layer())))
})
