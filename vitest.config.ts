import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

// Node keeps what it has compiled for the next process of tests.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("node_modules/.cache/node", import.meta.url))

// The compiler, promtool and others are written in Go, and have memory enough to collect garbage more rarely.
process.env["GOGC"] ??= "400"

// Not among those that share a process are the two that replace a module in theirs.

/** These need no database that they share, and leave nothing behind in their process. */
const IN_MEMORY = [
  "test/domain/*.test.ts",
  "test/vectors/*.test.ts",
  "test/kernel/*.test.ts",
  "test/faults/*.test.ts",
  "test/*.test.ts",
  "test/{platform/!(embedded),resources}/*.test.ts",
  "test/adapters/{blocklist,cli,http,mail,memory,webauthn}/*.test.ts",
  "test/adapters/crypto/!(InstalledPasswordHashEngine).test.ts"
]

/** These share a Postgres server, and leave nothing behind in their process either. */
const ON_POSTGRES = [
  "test/adapters/postgres/!(columns).test.ts",
  "test/adapters/http/*/*.test.ts",
  "test/{bin,clients,deploy,e2e,embedding,examples,identityd-client,model,operations,platform/embedded,races,security,support,telemetry}/*.test.ts"
]

const sharing = {
  // Effect is loaded once a process and not once a file, and by Node itself, which runs our sources as they are.
  isolate: false,
  experimental: { viteModuleRunner: false },
  // Tests make much garbage that is young. Collecting it less often saves a tenth of their time.
  execArgv: ["--max-semi-space-size=64"]
}

export default defineConfig({
  test: {
    // One more than cores in CI, because tests wait for something in a third of their time.
    maxWorkers: 3,
    setupFiles: ["test/support/many-terminals.ts"],
    // What a test logs on its way is of use only when it fails.
    silent: "passed-only",
    testTimeout: 20_000,
    hookTimeout: 30_000,
    projects: [
      { extends: true, test: { name: "in memory", include: IN_MEMORY, ...sharing } },
      {
        extends: true,
        test: { name: "on Postgres", include: ON_POSTGRES, ...sharing, globalSetup: "test/support/start-postgres.ts" }
      },
      {
        extends: true,
        test: {
          name: "by themselves",
          include: ["test/**/*.test.ts"],
          exclude: [...IN_MEMORY, ...ON_POSTGRES, "**/node_modules/**"]
        }
      }
    ]
  }
})
