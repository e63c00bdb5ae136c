#!/usr/bin/env node
// `npm run effect`: the compiler with Effect's diagnostics. It is asked for by the name of one platform: the package that
// chooses among all of them names some that not every registry has, whose digests the lock file would lack.
import { spawnSync } from "node:child_process"
import { createRequire } from "node:module"

const platform = `@effect/tsgo-${process.platform}-${process.arch}`

const compiler = () => {
  try {
    return createRequire(import.meta.url).resolve(`${platform}/lib/tsc`)
  } catch {
    return undefined
  }
}

const found = compiler()
if (found === undefined) console.log(`Not checked: Effect's diagnostics need ${platform}, which isn't installed.`)
else process.exitCode = spawnSync(found, ["--noEmit", "-p", "."], { stdio: "inherit" }).status ?? 1
