/**
 * What the command line drives. Layers and effects rather than running services, so that `--help`, `--version` and
 * commands without a database start none; each is built when a command that needs it runs.
 */
import { Context } from "effect"
import type { Effect, Layer, Option, Redacted } from "effect"
import type { Command } from "effect/cli"
import type { AccountDirectory } from "../../../domain/accounts/AccountDirectory.ts"
import type { Accounts } from "../../../domain/accounts/Accounts.ts"
import type { AuditReview } from "../../../domain/audit/AuditReview.ts"
import type { MigrationBlocked, StoreUnavailable, StoreUnsuitable } from "../../../domain/model/IdentityErrors.ts"
import type { BulkRevocation } from "../../../domain/sessions/BulkRevocation.ts"
import type { Sessions } from "../../../domain/sessions/Sessions.ts"
import type { Housekeeping } from "../../../domain/upkeep/Housekeeping.ts"
import type { Finding } from "../../../kernel/Finding.ts"
import type { CommandFailed } from "../../../platform/process/CommandFailed.ts"
import type { SchemaMigrator } from "../../../ports/SchemaMigrator.ts"

/** A setting that a flag of this run sets, under its variable's name. Its text is checked with all other settings. */
export interface SettingOverride {
  readonly name: string
  readonly flag: string
  readonly text: string
}

/** What the command line says to those it drives. */
export interface Invocation {
  readonly overrides: ReadonlyArray<SettingOverride>
  /** Tells the person at the command line something beside the result, if they want to hear it. */
  readonly warn: (text: string) => Effect.Effect<void>
}

/** The configuration in effect. Secrets are redacted before they get here. */
export interface ConfigurationReport {
  readonly settings: ReadonlyArray<{
    readonly name: string
    readonly value: Option.Option<string>
    readonly origin: string
  }>
  /** Says what is missing or invalid, if anything is. */
  readonly failure: Option.Option<CommandFailed>
}

export class Application extends Context.Service<Application, {
  /** The user of the operating system who runs the command. The audit log names them. */
  readonly administrator: Effect.Effect<string>

  readonly services: (invocation: Invocation) => Layer.Layer<
    AccountDirectory | Accounts | AuditReview | Housekeeping | BulkRevocation | Sessions,
    CommandFailed | MigrationBlocked | StoreUnavailable | StoreUnsuitable,
    Command.Environment
  >

  readonly migrator: (invocation: Invocation) => Layer.Layer<SchemaMigrator, CommandFailed, Command.Environment>

  /** Runs the server until it is asked to stop and has answered what it had accepted. Warnings are for its log. */
  readonly serve: (
    invocation: Invocation
  ) => Effect.Effect<void, CommandFailed | MigrationBlocked | StoreUnavailable | StoreUnsuitable, Command.Environment>

  readonly configuration: (
    invocation: Invocation
  ) => Effect.Effect<ConfigurationReport, never, Command.Environment>

  /** Looks at the whole installation. Starts nothing and changes nothing. */
  readonly examine: (
    invocation: Invocation
  ) => Effect.Effect<ReadonlyArray<Finding>, never, Command.Environment>

  /** A fresh signing key as `IDENTITY_SIGNING_KEYS` spells it. */
  readonly generateSigningKey: Effect.Effect<Redacted.Redacted<string>>
}>()("identityd/adapters/cli/kit/Application") {}
