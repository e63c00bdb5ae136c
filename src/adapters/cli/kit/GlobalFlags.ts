/** The flags that every command takes. */
import { Console, Effect, Option } from "effect"
import { Flag, GlobalFlag } from "effect/cli"
import { CommandName, typeable } from "../../../kernel/CommandName.ts"
import type { Invocation } from "./Application.ts"
import { columnsOf, fitToColumns } from "./Lines.ts"

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
    Flag.withDescription("Print only ids and numbers, without explanations"),
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

/** The invocation that these flags describe. */
export const invocation = Effect.gen(function*() {
  const silent = (yield* Json) || (yield* Quiet)
  const dataDir = yield* DataDir
  const name = yield* CommandName
  const columns = yield* columnsOf("stderr")
  const given: Invocation = {
    overrides: Option.toArray(dataDir).map((text) => ({ name: "IDENTITY_DATA_DIR", flag: "--data-dir", text })),
    warn: (text) => silent ? Effect.void : Console.error(fitToColumns(typeable(text, name), columns))
  }
  return given
})
