import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, FileSystem, Layer, Option, Result, Schema, Struct } from "effect"
import * as Configuration from "../../../src/platform/configuration/Configuration.ts"
import { schemaOf } from "../../../src/platform/configuration/Setting.ts"
import type { SettingsTable } from "../../../src/platform/configuration/Setting.ts"
import * as Sources from "../../../src/platform/configuration/Sources.ts"
import { BaseUrl, Port, Text, WholeNumber } from "../../../src/platform/configuration/Syntax.ts"
import type { SettingProblem } from "../../../src/platform/process/CommandFailed.ts"

const table = {
  IDENTITY_SECRETS_DIR: { schema: Schema.optionalKey(Text), description: "" },
  IDENTITY_HOST: { schema: Text, fallback: "localhost", description: "" },
  IDENTITY_PORT: { schema: Port, fallback: "8080", description: "" },
  IDENTITY_PIN: { schema: WholeNumber({ min: 1000, max: 9999 }), secret: true, description: "" },
  IDENTITY_URL: {
    schema: BaseUrl,
    fallback: (textOf) => `http://${textOf("IDENTITY_HOST")}:${textOf("IDENTITY_PORT")}`,
    description: ""
  }
} satisfies SettingsTable

interface Given {
  readonly flags?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  readonly dotEnv?: string
  readonly files?: Readonly<Record<string, string>>
  readonly rules?: (texts: Configuration.RawValues) => ReadonlyArray<SettingProblem>
}

const read = Effect.fnUntraced(function*(given: Given) {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped()
  const secrets = yield* fs.makeTempDirectoryScoped()
  if (given.dotEnv !== undefined) yield* fs.writeFileString(`${directory}/.env`, given.dotEnv)
  for (const [name, text] of Object.entries(given.files ?? {})) yield* fs.writeFileString(`${secrets}/${name}`, text)
  const environment = {
    ...given.environment,
    ...(given.files === undefined ? {} : { IDENTITY_SECRETS_DIR: secrets })
  }
  const sources = yield* Sources.make({
    overrides: Object.entries(given.flags ?? {}).map(([flag, text]) => ({ name: "IDENTITY_PORT", flag, text })),
    environment: ConfigProvider.fromEnvRecord(environment),
    dotEnvFile: `${directory}/.env`,
    isRoot: false
  })
  const configuration = yield* Configuration.read({
    table,
    schema: Schema.Struct(Struct.map(table, schemaOf)),
    checkSettings: (raw) => Effect.succeed(given.rules?.(raw) ?? []),
    sources,
    ignoredVariables: ["IDENTITY_OTHER"]
  })
  return { ...configuration, secrets }
})

const problems = (configuration: Configuration.Configuration<unknown>) =>
  Option.match(Result.getFailure(configuration.values), { onNone: () => [], onSome: ({ problems = [] }) => problems })

const shown = (configuration: Configuration.Configuration<unknown>, name: string) =>
  configuration.settings.filter((setting) => setting.name === name)
    .map(({ origin, value }) => [Option.getOrNull(value), origin])[0]

const platform = Layer.merge(NodeFileSystem.layer, NodePath.layer)

describe("the first source that has a setting wins", () => {
  const everywhere = {
    environment: { IDENTITY_PORT: "2", IDENTITY_PIN: "1234" },
    dotEnv: "IDENTITY_PORT=3",
    files: { IDENTITY_PORT: "4\n" }
  }

  it.effect("flags go before the environment", () =>
    Effect.gen(function*() {
      const configuration = yield* read({ ...everywhere, flags: { "--port": "1" } })
      assert.deepStrictEqual(shown(configuration, "IDENTITY_PORT"), ["1", "--port"])
    }).pipe(Effect.provide(platform)))

  it.effect("the environment goes before .env", () =>
    Effect.gen(function*() {
      const configuration = yield* read(everywhere)
      assert.deepStrictEqual(shown(configuration, "IDENTITY_PORT"), ["2", "environment"])
    }).pipe(Effect.provide(platform)))

  it.effect(".env goes before files, and an empty variable counts as none", () =>
    Effect.gen(function*() {
      const configuration = yield* read({ ...everywhere, environment: { IDENTITY_PORT: "", IDENTITY_PIN: "1234" } })
      assert.deepStrictEqual(shown(configuration, "IDENTITY_PORT"), ["3", ".env"])
    }).pipe(Effect.provide(platform)))

  it.effect("files go before defaults, and lose the line break at their end", () =>
    Effect.gen(function*() {
      const configuration = yield* read({ files: { IDENTITY_PORT: "4\n", IDENTITY_PIN: "1234" } })
      assert.deepStrictEqual(shown(configuration, "IDENTITY_PORT"), ["4", `${configuration.secrets}/IDENTITY_PORT`])
      assert.deepStrictEqual(Result.getOrThrow(configuration.values).settings.IDENTITY_PORT, 4)
    }).pipe(Effect.provide(platform)))

  it.effect("defaults may build on other settings", () =>
    Effect.gen(function*() {
      const configuration = yield* read({ environment: { IDENTITY_PORT: "81", IDENTITY_PIN: "1234" } })
      assert.deepStrictEqual(shown(configuration, "IDENTITY_URL"), ["http://localhost:81", "default"])
    }).pipe(Effect.provide(platform)))
})

describe("everything that is wrong is told together", () => {
  it.effect("by name, with what was given and where", () =>
    Effect.gen(function*() {
      const configuration = yield* read({ environment: { IDENTITY_PORT: "http" } })
      assert.deepStrictEqual(problems(configuration), [
        {
          name: "IDENTITY_PORT",
          problem: "must be a whole number from 1 to 65535, not \"http\" (from environment)"
        },
        { name: "IDENTITY_PIN", problem: "is missing" }
      ])
    }).pipe(Effect.provide(platform)))

  it.effect("a default included that builds on settings which are valid by themselves", () =>
    Effect.gen(function*() {
      const configuration = yield* read({ environment: { IDENTITY_HOST: "a b" } })
      assert.deepStrictEqual(problems(configuration), [
        { name: "IDENTITY_PIN", problem: "is missing" },
        {
          name: "IDENTITY_URL",
          problem: "must be an http or https address without user, query or fragment, " +
            "not \"http://a b:8080\" (from default)"
        }
      ])
    }).pipe(Effect.provide(platform)))

  it.effect("without a default that builds on what is told to be wrong, but with a text that was given instead", () =>
    Effect.gen(function*() {
      const environment = { IDENTITY_PORT: "http", IDENTITY_PIN: "1234" }
      const built = yield* read({ environment })
      assert.deepStrictEqual(problems(built).map(({ name }) => name), ["IDENTITY_PORT"])
      const given = yield* read({ environment: { ...environment, IDENTITY_URL: "http://localhost:http" } })
      assert.deepStrictEqual(problems(given).map(({ name }) => name), ["IDENTITY_PORT", "IDENTITY_URL"])
    }).pipe(Effect.provide(platform)))

  it.effect("without the text of a secret", () =>
    Effect.gen(function*() {
      const configuration = yield* read({ files: { IDENTITY_PIN: "swordfish" } })
      const [problem] = problems(configuration)
      assert.strictEqual(problem?.name, "IDENTITY_PIN")
      assert.notInclude(JSON.stringify([problems(configuration), configuration.settings]), "swordfish")
      assert.deepStrictEqual(shown(configuration, "IDENTITY_PIN")?.[0], Configuration.REDACTED)
    }).pipe(Effect.provide(platform)))

  it.effect("rules between settings included, whether or not each is valid", () =>
    Effect.gen(function*() {
      const configuration = yield* read({
        environment: { IDENTITY_PORT: "http", IDENTITY_PIN: "1234" },
        rules: ({ isGiven }) => isGiven("IDENTITY_PORT") ? [{ name: "IDENTITY_HOST", problem: "must be set too" }] : []
      })
      assert.deepStrictEqual(problems(configuration).map(({ name }) => name), ["IDENTITY_PORT", "IDENTITY_HOST"])
    }).pipe(Effect.provide(platform)))

  it.effect("rules included where each setting is valid", () =>
    Effect.gen(function*() {
      const rules = () => [{ name: "IDENTITY_HOST", problem: "must be another" }]
      const configuration = yield* read({ environment: { IDENTITY_PIN: "1234" }, rules })
      assert.deepStrictEqual(problems(configuration), rules())
    }).pipe(Effect.provide(platform)))

  it.effect("a .env or a file of secrets that can't be read included", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      yield* fs.makeDirectory(`${directory}/IDENTITY_PIN`)
      const configuration = yield* read({ environment: { IDENTITY_SECRETS_DIR: directory } })
      assert.deepStrictEqual(problems(configuration), [
        { name: "IDENTITY_PIN", problem: "is in a file of IDENTITY_SECRETS_DIR that can't be read" }
      ])
    }).pipe(Effect.provide(platform)))
})

describe("a variable that looks like a setting and is none", () => {
  it.effect("is reported with the setting it was meant to be", () =>
    Effect.gen(function*() {
      const { warnings } = yield* read({
        environment: { IDENTITY_PROT: "1", PORT: "2", IDENTITY_OTHER: "3" },
        dotEnv: "IDENTITY_FAVOURITE_COLOUR=blue"
      })
      assert.deepStrictEqual(warnings, [
        "IDENTITY_PROT isn't a setting and is ignored. Did you mean IDENTITY_PORT?",
        "IDENTITY_FAVOURITE_COLOUR isn't a setting and is ignored. `identity config` lists all settings."
      ])
    }).pipe(Effect.provide(platform)))
})
