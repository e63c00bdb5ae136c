/** The package as it is published, in a project that depends on it and on the frameworks. */
import { Effect } from "effect"
import { execFile, spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { temporaryDirectory } from "../support/temporary-directory.ts"

const here = fileURLToPath(new URL(".", import.meta.url))
const root = join(here, "../..")
const tsc = join(root, "node_modules/typescript/bin/tsc")
const installed = join(here, "node_modules")

/** Skips tests of the frameworks when they aren't installed (`npm ci --prefix test/identityd-client`). */
export const areAbsent = !existsSync(installed)

/** The oldest Node that is supported. */
export const OLDEST_NODE = join(installed, "node/bin/node")

// With several threads, the compiler checks much of the types in each.
const compile = (...args: ReadonlyArray<string>) =>
  promisify(execFile)(process.execPath, [tsc, "--singleThreaded", ...args], { cwd: root }).catch(({ stdout }) =>
    assertCompiled(stdout)
  )

const assertCompiled = (complaints: unknown): never => {
  throw new Error(`It does not compile:\n${String(complaints)}`)
}

/** The package's directory, below the `node_modules` of an empty project. */
export const published = Effect.gen(function*() {
  const project = yield* temporaryDirectory("identityd-client-")
  const directory = join(project, "node_modules/identityd-client")
  yield* Effect.promise(async () => {
    await mkdir(directory, { recursive: true })
    await cp(join(root, "clients/typescript/package.json"), join(directory, "package.json"))
    await compile("-p", "clients/typescript", "--outDir", join(directory, "dist"))
    await writeFile(join(project, "package.json"), `{"type":"module"}`)
  })
  return { directory, project }
})

/** Compiles programs of `consumer` in the project with TypeScript's defaults, its dependencies looked into. */
export const compiled = Effect.fnUntraced(function*(project: string, ...programs: ReadonlyArray<string>) {
  yield* Effect.promise(async () => {
    for (const name of areAbsent ? [] : await readdir(installed)) {
      if (!name.startsWith(".")) await symlink(join(installed, name), join(project, "node_modules", name))
    }
    for (const name of programs) await cp(join(here, "consumer", `${name}.ts`), join(project, `${name}.ts`))
    const options = { outDir: "out", types: areAbsent ? [] : ["node"] }
    await writeFile(
      join(project, "tsconfig.json"),
      JSON.stringify({ files: programs.map((name) => `${name}.ts`), compilerOptions: options })
    )
    await compile("-p", project)
  })
})

/** Starts a compiled application that asks the service at `url`, and returns where it listens. */
export const started = Effect.fnUntraced(function*(project: string, name: string, url: string) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(OLDEST_NODE, [join(project, "out", `${name}.js`), url], { stdio: ["ignore", "pipe", "ignore"] })
    ),
    (child: ChildProcess) =>
      Effect.promise(async () => {
        child.kill("SIGKILL")
        if (child.exitCode === null && child.signalCode === null) await once(child, "close")
      })
  )
  const [line] = yield* Effect.promise(() => once(createInterface(child.stdout), "line"))
  return `http://127.0.0.1:${JSON.parse(String(line)).port}`
})
