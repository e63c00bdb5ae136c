import { defineConfig } from "vitest/config"

/** These need no database and leave nothing behind in their process, so Effect is loaded once and not once a file. */
const IN_MEMORY = [
  "test/domain/*.test.ts",
  "test/vectors/*.test.ts",
  "test/adapters/{blocklist,cli,configuration,crypto,http,memory}/*.test.ts"
]

export default defineConfig({
  test: {
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    projects: [
      { extends: true, test: { name: "in memory", include: IN_MEMORY, isolate: false } },
      {
        extends: true,
        test: {
          name: "isolated",
          include: ["test/**/*.test.ts"],
          exclude: [...IN_MEMORY, "**/node_modules/**"],
          globalSetup: ["test/support/start-postgres.ts"]
        }
      }
    ]
  }
})
