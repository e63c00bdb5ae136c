/** A program with a compile cache in the directory of its argument. Says where the cache is, if it has one. */
import { getCompileCacheDir } from "node:module"
import { useCompileCache } from "../../../src/platform/process/CompileCache.js"

useCompileCache(process.argv[2])
await import("../../../src/kernel/Memo.ts")
process.stdout.write(getCompileCacheDir() ?? "none")
