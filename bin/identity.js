#!/usr/bin/env node
/**
 * The executable. It imports nothing else before it knows that Node is new enough, because an older one lacks what
 * other modules import. Then it turns the compile cache on, because modules imported earlier aren't cached. Each
 * command loads the modules that it needs.
 *
 * What is loaded before the cache is on is JavaScript. Node's type stripper would take 45 ms and 18 MB, and is loaded
 * only for TypeScript that isn't in the cache.
 */
import { unsupportedNode } from "../src/platform/process/NodeVersion.js"

const refusal = unsupportedNode(process.versions.node)
if (refusal !== undefined) {
  process.stderr.write(`${refusal}\n`)
  process.exit(1)
}
const { useCompileCache } = await import("../src/platform/process/CompileCache.js")
useCompileCache()
const { commandLine } = await import("../src/adapters/cli/CommandLine.ts")
const { runMain } = await import("../src/platform/process/Signals.ts")

runMain(commandLine(process.argv.slice(2), {
  settings: () => import("./settings.ts"),
  compose: () => import("./compose.ts"),
  doctor: () => import("./doctor.ts"),
  serve: async () => {
    const { leaveOutUndici } = await import("../src/platform/process/LeanHttp.js")
    leaveOutUndici()
    return import("./serve.ts")
  },
  keys: () => import("../src/adapters/crypto/KeyRing.ts"),
  mailTemplates: () => import("../src/adapters/mail/templates/TemplateCommands.ts"),
  foreignHashes: () => import("../src/adapters/crypto/ForeignHashes.ts")
}))
