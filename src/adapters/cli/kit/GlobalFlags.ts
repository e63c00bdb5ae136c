/** The flags that every command takes. */
import { Console, Effect, Option } from "effect"
import { Flag, GlobalFlag } from "effect/cli"
import { CommandName, typeable } from "../../../kernel/CommandName.ts"
import type { Invocation } from "./Application.ts"
import { switchFlag, textFlag } from "./Arguments.ts"
import { columnsOf, fitToColumns } from "./Lines.ts"

export const Json = GlobalFlag.Setting("json")({
  flag: switchFlag("json", "Print results and errors as JSON")
})

export const Quiet = GlobalFlag.Setting("quiet")({
  flag: Flag.withAlias(switchFlag("quiet", "Print only ids and numbers, without explanations"), "q")
})

const DataDir = GlobalFlag.Setting("data-dir")({
  flag: textFlag("data-dir", "DIRECTORY", "Where the embedded database is (IDENTITY_DATA_DIR)")
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
