#!/usr/bin/env node
/**
 * The executable. Nothing is imported before the compile cache is in use, because it could not profit from it. The
 * other pages are loaded by the command that needs them.
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
