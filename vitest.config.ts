import { defineConfig } from "vitest/config"

// Not among those that share a process are the two that replace a module in theirs.

/** These need no database and leave nothing behind in their process. */
const IN_MEMORY = [
  "test/domain/*.test.ts",
  "test/vectors/*.test.ts",
  "test/kernel/*.test.ts",
  "test/faults/*.test.ts",
  "test/{resources,platform/configuration,platform/process}/*.test.ts",
  "test/adapters/{blocklist,cli,http,mail,memory,webauthn}/*.test.ts",
  "test/adapters/crypto/!(InstalledPasswordHashEngine).test.ts"
]

/** These share a Postgres server, and leave nothing behind in their process either. */
const ON_POSTGRES = [
  "test/adapters/postgres/!(columns).test.ts",
  "test/adapters/http/*/*.test.ts",
  "test/{bin,clients,deploy,e2e,embedding,examples,identityd-client,model,operations,races,security,support,telemetry}/*.test.ts"
]

const globalSetup = ["test/support/start-postgres.ts"]

export default defineConfig({
  test: {
    maxWorkers: 2,
    setupFiles: ["test/support/many-terminals.ts"],
    // What a test logs on its way is of use only when it fails.
    silent: "passed-only",
    testTimeout: 20_000,
    hookTimeout: 30_000,
    projects: [
      // Effect is loaded once a process and not once a file.
      { extends: true, test: { name: "in memory", include: IN_MEMORY, isolate: false } },
      { extends: true, test: { name: "on Postgres", include: ON_POSTGRES, isolate: false, globalSetup } },
      {
        extends: true,
        test: {
          name: "by themselves",
          include: ["test/**/*.test.ts"],
          exclude: [...IN_MEMORY, ...ON_POSTGRES, "**/node_modules/**"],
          globalSetup
        }
      }
    ]
  }
})
