import { defineConfig } from "vitest/config"
import type { TestSpecification } from "vitest/node"
import { BaseSequencer } from "vitest/node"

/**
 * What listens on a socket, needs a database, starts a process or attacks for long is too slow to be run for every mutant:
 * all tests run for each mutant of what a module does when it is loaded.
 */
const SLOW = [
  "test/adapters/http/{CertificateReloads,HttpServer,ManagementServer}.test.ts",
  "test/domain/{EqualAnswers,LimitsUnderAttack}.test.ts"
]

/** Tests named after a module take milliseconds, those of a whole feature more. The first that fails ends a run. */
class ModulesFirst extends BaseSequencer {
  override sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const ofFeature = ({ moduleId }: TestSpecification) => /\/[a-z][^/]*$/.test(moduleId) ? 1 : 0
    return Promise.resolve(
      files.toSorted((one, other) => ofFeature(one) - ofFeature(other) || one.moduleId.localeCompare(other.moduleId))
    )
  }
}

/** The tests of the modules that `stryker.config.ts` names. */
export default defineConfig({
  test: {
    include: [
      "test/adapters/blocklist/*.test.ts",
      "test/adapters/cli/[A-Z]*.test.ts",
      "test/platform/configuration/*.test.ts",
      "test/adapters/crypto/*.test.ts",
      "test/adapters/http/[A-Z]*.test.ts",
      "test/adapters/http/{client-address,credentials,devices,email-changes,framing,header-text,input,raw-headers,untrusted-proxy}.test.ts",
      "test/adapters/memory/*.test.ts",
      "test/adapters/postgres/PostgresTarget.test.ts",
      "test/bin/{configuration,passkey-settings,settings}.test.ts",
      "test/domain/*.test.ts",
      "test/kernel/*.test.ts",
      "test/resources/*.test.ts",
      "test/vectors/vectors.test.ts"
    ],
    exclude: SLOW,
    sequence: { sequencer: ModulesFirst },
    // Effect is loaded once a run and not once a file: no test leaves anything behind in its process.
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 5_000
  }
})
