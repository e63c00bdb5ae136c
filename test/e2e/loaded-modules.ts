/** Preloaded into a process (`--import`): says on stderr, when it ends, what it has loaded, a URL a line. */
import { registerHooks } from "node:module"

const urls = new Set<string>()

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const resolved = nextResolve(specifier, context)
    urls.add(resolved.url)
    return resolved
  }
})

process.on("exit", () => process.stderr.write(`${[...urls].join("\n")}\n`))
