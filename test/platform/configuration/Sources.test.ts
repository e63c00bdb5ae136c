import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, ConfigProvider, Effect, FileSystem, Layer, Option } from "effect"
import * as Sources from "../../../src/platform/configuration/Sources.ts"
import { nearly } from "../../support/texts.ts"

const platform = Layer.merge(NodeFileSystem.layer, NodePath.layer)

interface Given {
  readonly overrides?: ReadonlyArray<Sources.Override>
  readonly environment?: Readonly<Record<string, string>>
  readonly dotEnv?: string
  readonly files?: Readonly<Record<string, string>>
  readonly namedIn?: "environment" | "dotEnv" | "flag"
}

const given = Effect.fnUntraced(function*({ namedIn = "environment", ...options }: Given) {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped()
  const secrets = `${directory}/secrets`
  yield* fs.makeDirectory(secrets)
  for (const [name, text] of Object.entries(options.files ?? {})) yield* fs.writeFileString(`${secrets}/${name}`, text)
  const named = options.files === undefined ? {} : { IDENTITY_SECRETS_DIR: secrets }
  const dotEnv = namedIn === "dotEnv" ? `IDENTITY_SECRETS_DIR=${secrets}` : options.dotEnv
  if (dotEnv !== undefined) yield* fs.writeFileString(`${directory}/.env`, dotEnv)
  const flag = { name: Sources.SECRETS_DIR, flag: "--secrets-dir", text: secrets }
  const sources = yield* Sources.make({
    overrides: [...(options.overrides ?? []), ...(namedIn === "flag" ? [flag] : [])],
    environment: ConfigProvider.fromEnvRecord({
      ...options.environment,
      ...(namedIn === "environment" ? named : {})
    }),
    dotEnvFile: `${directory}/.env`,
    isRoot: true
  })
  return { ...sources, directory, secrets }
})

/** What a quotation mark holds in a file of either kind; a backslash before an `n` or `r` means a line break there. */
const values = nearly("postgres://ada", "@", "k1", "=", "#").pipe(
  Arbitrary.map((text) => text.replaceAll(/["\\\r\0\ud800]/g, ""))
)

it.effect.prop(
  "any value comes back from .env and from a file of secrets as it was written",
  { value: values },
  ({ value }) =>
    Effect.gen(function*() {
      const origins = { dotEnv: `IDENTITY_B="${value}"\n`, files: { IDENTITY_A: `${value}\n` } }
      const { find } = yield* given(origins)
      const texts = (yield* Effect.all([find("IDENTITY_A"), find("IDENTITY_B")])).map(Option.map(({ text }) => text))
      assert.deepStrictEqual(texts, [value, value].map((text) => text === "" ? Option.none() : Option.some(text)))
    }).pipe(Effect.scoped, Effect.provide(platform))
)

it.effect.prop("whatever .env holds, a setting is in it or not", {
  text: nearly("IDENTITY_A", "IDENTITY_B=1", "export ", "=", "\n", "\"", "'", "`", "#", "${IDENTITY_A}")
}, ({ text }) =>
  Effect.gen(function*() {
    const { find, variables } = yield* given({ dotEnv: text })
    const found = yield* find("IDENTITY_A")
    assert.strictEqual((yield* variables("IDENTITY")).includes("IDENTITY_A"), Option.isSome(found))
  }).pipe(Effect.scoped, Effect.provide(platform)))

describe("a setting", () => {
  it.effect("is taken from the flag that gives it and from no other", () =>
    Effect.gen(function*() {
      const { find } = yield* given({
        overrides: [{ name: "A_HOST", flag: "--host", text: "h" }, { name: "A_PORT", flag: "--port", text: "p" }]
      })
      assert.deepStrictEqual(yield* find("A_PORT"), Option.some({ text: "p", origin: "--port" }))
      assert.deepStrictEqual(yield* find("A_PATH"), Option.none())
    }).pipe(Effect.provide(platform)))

  it.effect("is not there when every source has none or an empty text", () =>
    Effect.gen(function*() {
      const { find } = yield* given({
        overrides: [{ name: "A_PORT", flag: "--port", text: "" }],
        environment: { A_PORT: "" },
        dotEnv: "A_PORT=",
        files: { A_PORT: "\n" }
      })
      assert.deepStrictEqual(yield* find("A_PORT"), Option.none())
    }).pipe(Effect.provide(platform)))

  it.effect.each(
    [
      ["text", "text"],
      ["text\n", "text"],
      ["text\r\n", "text"],
      ["text\n\n", "text\n"],
      ["te\nxt", "te\nxt"],
      ["text\r", "text\r"]
    ] as const
  )("from a file loses one line break at its end and nothing else: %j", ([written, text]) =>
    Effect.gen(function*() {
      const { find, secrets } = yield* given({ files: { A_KEY: written } })
      assert.deepStrictEqual(yield* find("A_KEY"), Option.some({ text, origin: `${secrets}/A_KEY` }))
    }).pipe(Effect.provide(platform)))

  it.effect.each(["environment", "dotEnv", "flag"] as const)(
    "is found in the directory of secrets that the %s names",
    (namedIn) =>
      Effect.gen(function*() {
        const { find } = yield* given({ namedIn, files: { A_KEY: "text" } })
        assert.deepStrictEqual(Option.map(yield* find("A_KEY"), ({ text }) => text), Option.some("text"))
      }).pipe(Effect.provide(platform))
  )

  it.effect("that names the directory of secrets does not come from there", () =>
    Effect.gen(function*() {
      const { find, secrets } = yield* given({ files: { IDENTITY_SECRETS_DIR: "/elsewhere" } })
      assert.deepStrictEqual(
        yield* find(Sources.SECRETS_DIR),
        Option.some({ text: secrets, origin: "environment" })
      )
    }).pipe(Effect.provide(platform)))

  it.effect("is a problem when .env can't be read, unless it was found before", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      const { find, variables } = yield* Sources.make({
        overrides: [],
        environment: ConfigProvider.fromEnvRecord({ A_HOST: "h" }),
        dotEnvFile: directory,
        isRoot: true
      })
      assert.deepStrictEqual(yield* find("A_HOST"), Option.some({ text: "h", origin: "environment" }))
      assert.deepStrictEqual(yield* Effect.flip(find("A_PORT")), {
        name: "A_PORT",
        problem: "is looked for in .env, which can't be read"
      })
      assert.deepStrictEqual(yield* variables("A"), ["A_HOST"])
    }).pipe(Effect.provide(platform)))

  it.effect("is a problem for root when anybody may write to .env, unless it was found before", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const dotEnvFile = `${yield* fs.makeTempDirectoryScoped()}/.env`
      yield* fs.writeFileString(dotEnvFile, "A_PORT=p")
      const environment = ConfigProvider.fromEnvRecord({ A_HOST: "h" })
      const findAs = Effect.fnUntraced(function*(isRoot: boolean, mode: number) {
        yield* fs.chmod(dotEnvFile, mode)
        const { find } = yield* Sources.make({ overrides: [], environment, dotEnvFile, isRoot })
        assert.deepStrictEqual(yield* find("A_HOST"), Option.some({ text: "h", origin: "environment" }))
        return yield* Effect.match(find("A_PORT"), {
          onFailure: ({ problem }) => problem,
          onSuccess: Option.match({ onNone: () => "none", onSome: ({ text }) => text })
        })
      })
      assert.strictEqual(yield* findAs(true, 0o664), "p")
      assert.strictEqual(yield* findAs(false, 0o666), "p")
      assert.include(yield* findAs(true, 0o666), "chmod o-w .env")
      assert.include(yield* findAs(true, 0o602), "anybody may write")
    }).pipe(Effect.provide(platform)))

  it.effect("is a problem when its file can't be read, and missing when there is no directory", () =>
    Effect.gen(function*() {
      const { find } = yield* given({ environment: { IDENTITY_SECRETS_DIR: "/nowhere/at/all" } })
      assert.deepStrictEqual(yield* find("A_KEY"), Option.none())
      const fs = yield* FileSystem.FileSystem
      const made = yield* given({ files: {} })
      yield* fs.makeDirectory(`${made.secrets}/A_KEY`)
      assert.deepStrictEqual(yield* Effect.flip(made.find("A_KEY")), {
        name: "A_KEY",
        problem: "is in a file of IDENTITY_SECRETS_DIR that can't be read"
      })
    }).pipe(Effect.provide(platform)))
})

describe("the variables of a prefix", () => {
  it.effect("are those of the environment, .env and the directory of secrets, each once", () =>
    Effect.gen(function*() {
      const { variables } = yield* given({
        environment: { A_ONE: "1", A_ONE_MORE: "2", B_ONE: "3", AA_ONE: "4" },
        dotEnv: "A_TWO=1\nA_ONE=2\nB_TWO=3",
        files: { A_THREE: "1", A_TWO: "2", B_THREE: "3", A: "4", AA_THREE: "5" }
      })
      assert.deepStrictEqual((yield* variables("A")).toSorted(), ["A_ONE", "A_ONE_MORE", "A_THREE", "A_TWO"])
    }).pipe(Effect.provide(platform)))

  it.effect("are none of files when the directory can't be read", () =>
    Effect.gen(function*() {
      const { variables } = yield* given({ environment: { A_ONE: "1", IDENTITY_SECRETS_DIR: "/nowhere/at/all" } })
      assert.deepStrictEqual(yield* variables("A"), ["A_ONE"])
    }).pipe(Effect.provide(platform)))
})
