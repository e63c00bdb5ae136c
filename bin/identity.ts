#!/usr/bin/env node
/** The executable. The cache has to be in use before the program is loaded, so it imports nothing else itself. */
import { useCompileCache } from "../src/platform/process/CompileCache.ts"

useCompileCache()
await import("./main.ts")
