/**
 * `npm run mutation` changes one thing at a time in the modules named here and runs the tests of what it changed. A
 * change that no test notices is behaviour that nothing proves.
 */
const mutate = [
  "src/adapters/blocklist/ZxcvbnPasswordBlocklist.ts",
  "src/adapters/cli/{Revocation,kit/{Secrets,Values}}.ts",
  "src/platform/configuration/{Configuration,SimilarNames,Sources,Syntax}.ts",
  "src/adapters/crypto/{Argon2Engine,Argon2Hash,Argon2PasswordHasher,ForeignHashes,HashAdmission,HmacTokenSigner}.ts",
  "src/adapters/crypto/{InstalledPasswordHashEngine,KeyRing,NodeRsArgon2Engine,SecureIdGenerator}.ts",
  "src/adapters/http/{exchange/{JsonText,RouteTable,ValidationErrors},sessions/SessionCookie}.ts",
  "src/adapters/http/accounts/IfMatch.ts",
  "src/adapters/http/exchange/{BodyLimit,ClientAddress,Credentials,JsonBody,OriginCheck}.ts",
  "src/adapters/http/exchange/{RawHeaders,RequestFraming,RequestId}.ts",
  "src/adapters/postgres/connection/PostgresTarget.ts",
  "src/adapters/memory/MemoryAttemptBudgets.ts",
  "src/domain/model/{Account,Audit,ClientNetwork,Email,Idempotency,Password,Session,UnicodeText}.ts",
  "src/domain/{limits/{AttemptPolicy,Attempts},requests/Idempotency,paging/Paging}.ts",
  "src/domain/{passwords/PasswordPolicy,sessions/SessionPolicy}.ts"
]

export default {
  mutate,
  testRunner: "vitest",
  vitest: { configFile: "vitest.mutation.config.ts" },
  // Texts are sentences for people, or names that the types know too: one mutant in five, with little to tell.
  mutator: { excludedMutations: ["StringLiteral"] },
  coverageAnalysis: "perTest",
  concurrency: 2,
  // A busy machine is no proof: what is merely slow must not count as noticed.
  timeoutMS: 20_000,
  timeoutFactor: 2,
  thresholds: { high: 95, low: 90, break: 85 },
  // Stryker would read ours by an API that this compiler does not have. A file that does not exist is left alone.
  tsconfigFile: "no-tsconfig.json",
  disableTypeChecks: false,
  ignorePatterns: ["coverage", "dist"],
  tempDirName: "coverage/stryker",
  reporters: ["progress-append-only", "clear-text", "html", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: "coverage/mutation/index.html" },
  jsonReporter: { fileName: "coverage/mutation/mutation.json" },
  allowConsoleColors: false
}
