/** Where people use passkeys, and to which domain they belong. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import { loadConfiguration } from "../../bin/settings.ts"
import { onlyVariables } from "../support/settings.ts"

const load = (environment: Readonly<Record<string, string>>) =>
  loadConfiguration([]).pipe(Effect.provide(onlyVariables({ HOME: "/home/ada", ...environment })))

const atFault: ReadonlyArray<readonly [environment: Readonly<Record<string, string>>, names: ReadonlyArray<string>]> = [
  [{ IDENTITY_PASSKEY_RP_ID: "https://example.com" }, ["IDENTITY_PASSKEY_RP_ID"]],
  [{ IDENTITY_PASSKEY_RP_ID: "10.0.0.1" }, ["IDENTITY_PASSKEY_RP_ID"]],
  [{ IDENTITY_PASSKEY_ORIGINS: "http://localhost:3000,http://app.example.com" }, ["IDENTITY_PASSKEY_ORIGINS"]],
  [{ IDENTITY_PASSKEY_ORIGINS: "http://localhost:3000,android:apk-key-hash:short" }, ["IDENTITY_PASSKEY_ORIGINS"]],
  [
    { IDENTITY_PASSKEY_RP_ID: "example.com", IDENTITY_PASSKEY_ORIGINS: "https://notexample.com" },
    ["IDENTITY_PASSKEY_ORIGINS"]
  ]
]

const passkeys: ReadonlyArray<
  readonly [
    environment: Readonly<Record<string, string>>,
    rpId: string,
    origins: ReadonlyArray<string> | undefined
  ]
> = [
  [{}, "localhost", ["http://localhost:8080"]],
  [{ IDENTITY_PUBLIC_URL: "https://id.example.com/base" }, "id.example.com", ["https://id.example.com"]],
  [{ IDENTITY_PUBLIC_URL: "http://id.example.com" }, "localhost", undefined],
  [
    {
      IDENTITY_PUBLIC_URL: "https://id.app.example.com",
      IDENTITY_ALLOWED_ORIGINS: "capacitor://localhost, https://app.example.com, https://example.org"
    },
    "app.example.com",
    ["https://app.example.com", "https://id.app.example.com"]
  ],
  [
    { IDENTITY_PUBLIC_URL: "https://id.example.com", IDENTITY_PASSKEY_RP_ID: "example.com" },
    "example.com",
    ["https://id.example.com"]
  ],
  [
    {
      IDENTITY_PASSKEY_RP_ID: "example.com",
      IDENTITY_PASSKEY_ORIGINS:
        "https://example.com, https://example.org, android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
    },
    "example.com",
    ["https://example.com", "https://example.org", "android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"]
  ]
]

describe("settings of passkeys", () => {
  it.effect.each(atFault)("are at fault with %j", ([environment, names]) =>
    Effect.gen(function*() {
      const { values } = yield* load(environment)
      const problems = Option.match(Result.getFailure(values), {
        onNone: () => [],
        onSome: ({ problems = [] }) => problems
      })
      assert.deepStrictEqual(problems.map(({ name }) => name), names)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect.each(passkeys)(
    "are sound with %j: then passkeys belong to %s and are used on %j",
    ([environment, rpId, origins]) =>
      Effect.gen(function*() {
        const { settings } = Result.getOrThrow((yield* load(environment)).values)
        assert.strictEqual(settings.IDENTITY_PASSKEY_RP_ID, rpId)
        assert.deepStrictEqual(settings.IDENTITY_PASSKEY_ORIGINS, origins)
      }).pipe(Effect.provide(NodeServices.layer))
  )
})
