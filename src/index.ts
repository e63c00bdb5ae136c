/**
 * The library's public surface: the model, the services with the rules, and the ports they need. Adapters are modules
 * of their own (`identity/memory/MemoryIdentityStore`, `identity/postgres/PostgresIdentityStore`, …).
 */
export * from "./domain/model/Account.ts"
export * from "./domain/model/Email.ts"
export * from "./domain/model/IdentityErrors.ts"
export * from "./domain/model/Page.ts"
export * from "./domain/model/Password.ts"
export * from "./domain/model/Session.ts"
export * from "./domain/services/Accounts.ts"
export * from "./domain/services/PasswordPolicy.ts"
export * from "./domain/services/SessionPolicy.ts"
export * from "./domain/services/Sessions.ts"
export * from "./ports/IdentityStore.ts"
export * from "./ports/IdGenerator.ts"
export * from "./ports/PasswordHasher.ts"
export * from "./ports/SchemaMigrator.ts"
export * from "./ports/TokenSigner.ts"
