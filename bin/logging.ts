/** The log of the server, and of commands. */
import { Config, Effect, Layer, Option } from "effect"
import * as Logging from "../src/platform/observability/Logging.ts"
import type { Settings } from "./settings.ts"

const levels = { trace: "Trace", debug: "Debug", info: "Info", warn: "Warn", error: "Error" } as const

export const serverLog = (settings: Settings) =>
  Logging.layer({ format: settings.logFormat, level: levels[settings.logLevel] })

/** Commands speak through their results and failures. Their log is for who looks for a fault. */
export const commandLog = Layer.unwrap(Effect.gen(function*() {
  const asked = yield* Effect.orDie(Config.option(Config.String("IDENTITY_LOG_LEVEL")))
  const isWanted = Option.exists(asked, (level) => level === "trace" || level === "debug")
  return Logging.layer({ format: "pretty", level: isWanted ? "Debug" : "Fatal" })
}))
