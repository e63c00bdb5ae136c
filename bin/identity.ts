#!/usr/bin/env node
/**
 * The executable. It turns the compile cache on before it imports anything else, because modules imported earlier
 * aren't cached. Each command loads the modules that it needs.
 */
import { useCompileCache } from "../src/platform/process/CompileCache.ts"

useCompileCache()
const { commandLine } = await import("../src/adapters/cli/CommandLine.ts")
const { runMain } = await import("../src/platform/process/Signals.ts")

runMain(commandLine(process.argv.slice(2), {
  settings: () => import("./settings.ts"),
  compose: () => import("./compose.ts"),
  doctor: () => import("./doctor.ts"),
  serve: () => import("./serve.ts"),
  keys: () => import("../src/adapters/crypto/KeyRing.ts")
}))
