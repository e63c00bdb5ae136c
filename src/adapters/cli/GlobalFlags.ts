/** The flags that every command takes. */
import { Effect, Option } from "effect"
import { Flag, GlobalFlag } from "effect/cli"
import type { SettingOverrides } from "./Application.ts"

export const Json = GlobalFlag.Setting("json")({
  flag: Flag.Boolean("json").pipe(
    Flag.withDescription("Print results and errors as JSON"),
    Flag.withDefault(false),
    Flag.withoutNegation
  )
})

export const Quiet = GlobalFlag.Setting("quiet")({
  flag: Flag.Boolean("quiet").pipe(
    Flag.withAlias("q"),
    Flag.withDescription("Print the bare result: ids and numbers, no explanations"),
    Flag.withDefault(false),
    Flag.withoutNegation
  )
})

const DataDir = GlobalFlag.Setting("data-dir")({
  flag: Flag.String("data-dir").pipe(
    Flag.withDescription("Where the embedded database is (IDENTITY_DATA_DIR)"),
    Flag.withMetavar("DIRECTORY"),
    Flag.optional
  )
})

export const globalFlags = [Json, Quiet, DataDir] as const

/** The settings that these flags set. */
export const globalOverrides = Effect.map(
  DataDir,
  Option.match({
    onNone: (): SettingOverrides => [],
    onSome: (text): SettingOverrides => [{ name: "IDENTITY_DATA_DIR", flag: "--data-dir", text }]
  })
)
