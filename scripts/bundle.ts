/**
 * Bundles the executable of the published package: the parts of our modules and dependencies that command line and
 * server use, in a few files. A process that loads these starts with a third less memory than one that loads every
 * module of every package. Comments, spaces and the names of local variables are left out, because V8 keeps the text of
 * what it runs in memory. Functions and classes keep their names, so that stack traces say where something happened.
 *
 * The license texts of all bundled packages are included. Writes to `dist/bin` or to the directory given as an
 * argument.
 */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { rolldown } from "rolldown"
import type { Plugin } from "rolldown"

const [directory = "dist/bin"] = process.argv.slice(2)

/** Not bundled, because native packages find their binaries next to their own files. */
const NATIVE = ["argon2", "@node-rs/argon2", "@node-rs/bcrypt"]

/**
 * Modules that are bundled instead of those that a package imports. No route of ours speaks WebSocket. Node's TLS takes
 * 6 MB, which a server without it need not load. Only pages are compressed, and only commands that ask read lines.
 */
const REPLACED: Readonly<Record<string, string>> = {
  ws: "export const WebSocket = undefined, WebSocketServer = undefined",
  "node:zlib": `
    const zlib = () => process.getBuiltinModule("node:zlib")
    export const constants = new Proxy({}, { get: (_, name) => zlib().constants[name] })
    export const gzip = (...words) => zlib().gzip(...words)
    export const deflate = (...words) => zlib().deflate(...words)
    export const brotliCompress = (...words) => zlib().brotliCompress(...words)
    export const zstdCompress = (...words) => zlib().zstdCompress(...words)
    export const createGzip = (...words) => zlib().createGzip(...words)
    export const createDeflate = (...words) => zlib().createDeflate(...words)
    export const createBrotliCompress = (...words) => zlib().createBrotliCompress(...words)
    export const createZstdCompress = (...words) => zlib().createZstdCompress(...words)`,
  "node:readline": `
    const readline = () => process.getBuiltinModule("node:readline")
    export const createInterface = (...words) => readline().createInterface(...words)
    export const emitKeypressEvents = (...words) => readline().emitKeypressEvents(...words)`,
  "node:tls": `
    const tls = () => process.getBuiltinModule("node:tls")
    export const connect = (...words) => tls().connect(...words)
    export const createSecureContext = (...words) => tls().createSecureContext(...words)
    export const TLSSocket = function(...words) { return new (tls().TLSSocket)(...words) }`
}

const replace: Plugin = {
  name: "replace",
  resolveId: {
    order: "pre",
    handler: (source, importer) =>
      source in REPLACED && importer?.includes("/@effect/") === true ? `\0${source}` : undefined
  },
  load: (id) => REPLACED[id.slice(1)]
}

const bundle = await rolldown({
  input: { identity: "bin/identity.js", worker: "bin/worker.ts", Watchdog: "src/platform/embedded/Watchdog.ts" },
  platform: "node",
  external: NATIVE,
  plugins: [replace]
})

/** The modules that commands and the server load in any case. Each file costs a start half a millisecond. */
const common = await (async (): Promise<ReadonlySet<string>> => {
  const chunks = (await bundle.generate()).output.filter((file) => file.type === "chunk")
  const loadedWith = (name: string) => {
    const loaded = new Set(chunks.filter((chunk) => chunk.name === name))
    for (const { imports } of loaded) {
      for (const chunk of chunks) if (imports.includes(chunk.fileName)) loaded.add(chunk)
    }
    return loaded
  }
  const byServer = loadedWith("serve")
  const shared = [...loadedWith("CommandLine")].filter((chunk) => byServer.has(chunk))
  return new Set(shared.flatMap(({ moduleIds }) => moduleIds))
})()

// All in one directory, because processes find the scripts they start beside their own.
const { output } = await bundle.write({
  dir: directory,
  chunkFileNames: "[name].js",
  codeSplitting: { groups: [{ name: "common", test: (id) => common.has(id) }] },
  sourcemap: true,
  minify: { compress: { keepNames: { function: true, class: true } }, mangle: { keepNames: true } }
})

chmodSync(join(directory, "identity.js"), 0o755)

const modules = output.flatMap((file) => file.type === "chunk" ? file.moduleIds : [])

/** The directory of the package that a module belongs to, unless the module is ours. */
const packageOf = (module: string): string | undefined =>
  /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(module.replaceAll("\\", "/"))?.[0]

const licensesOf = (root: string): string => {
  const { license, name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const texts = readdirSync(root).filter((file) => /^(licen[cs]e|notice)/i.test(file))
    .map((file) => readFileSync(join(root, file), "utf8").trim())
  return [`${name} ${version}, ${license}`, ...texts].join("\n\n")
}

const packages = [...new Set(modules.map(packageOf))].filter((root) => root !== undefined).toSorted()
writeFileSync(join(directory, "LICENSES.txt"), `${packages.map(licensesOf).join(`\n\n${"-".repeat(80)}\n\n`)}\n`)
