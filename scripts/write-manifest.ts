/**
 * Completes `dist` into the package that is published. In the repository, `exports` and `bin` name the TypeScript
 * sources, which run without a build; Node does not strip types below `node_modules`, so the published manifest is
 * derived from ours with every path pointing at what the compiler and the bundler wrote. Writes to `dist` or to the
 * directory given as an argument.
 */
import { copyFileSync, cpSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import manifest from "../package.json" with { type: "json" }

const [directory = "dist"] = process.argv.slice(2)

const compiled = (source: string) => source.replace(/\.ts$/, ".js")

const published = {
  name: manifest.name,
  version: manifest.version,
  description: manifest.description,
  license: manifest.license,
  type: manifest.type,
  engines: manifest.engines,
  sideEffects: [],
  bin: Object.fromEntries(Object.entries(manifest.bin).map(([name, source]) => [name, compiled(source)])),
  man: ["./identity.1"],
  exports: {
    ...Object.fromEntries(
      Object.entries(manifest.exports).map(([subpath, source]) => [
        subpath,
        { types: source.replace(/\.ts$/, ".d.ts"), default: compiled(source) }
      ])
    ),
    "./package.json": "./package.json"
  },
  dependencies: manifest.dependencies,
  optionalDependencies: manifest.optionalDependencies
}

writeFileSync(join(directory, "package.json"), `${JSON.stringify(published, null, 2)}\n`)
copyFileSync("docs/identity.1", join(directory, "identity.1"))
cpSync("deploy/systemd", join(directory, "deploy/systemd"), { recursive: true })
for (const file of ["README.md", "CHANGELOG.md", "LICENSE"]) copyFileSync(file, join(directory, file))
