/**
 * The application that the command line runs, provided by `bin`. Members are layers and effects, each built by a
 * command that needs it, so that `--help` and `--version` start nothing.
 */
import { Context } from "effect"
import type { Effect, Layer, Option, Redacted } from "effect"
import type { Command } from "effect/cli"
import type { Accounts } from "../../../domain/accounts/Accounts.ts"
import type { Services } from "../../../domain/Core.ts"
import type { Mails } from "../../../domain/mail/Mails.ts"
import type { MigrationBlocked, StoreUnavailable, StoreUnsuitable } from "../../../domain/model/IdentityErrors.ts"
import type { Finding } from "../../../kernel/Finding.ts"
import type { CommandFailed } from "../../../platform/process/CommandFailed.ts"
import type { SchemaMigrator } from "../../../ports/SchemaMigrator.ts"

/** A setting given by a flag, under its variable's name. It is checked together with all other settings. */
export interface SettingOverride {
  readonly name: string
  readonly flag: string
  readonly text: string
}

/** What the application needs to know about this run. */
export interface Invocation {
  readonly overrides: ReadonlyArray<SettingOverride>
  /** Prints a note besides the result, unless `--quiet` or `--json` is given. */
  readonly warn: (text: string) => Effect.Effect<void>
}

/** The effective configuration, with secrets redacted. */
export interface ConfigurationReport {
  readonly settings: ReadonlyArray<{
    readonly name: string
    readonly value: Option.Option<string>
    readonly origin: string
  }>
  /** The problems of the settings, if there are any. */
  readonly failure: Option.Option<CommandFailed>
}

/** Templates of mails in a directory. */
export interface MailTemplateFiles {
  /** Writes the built-in ones and returns the paths of their files. Overwrites nothing. */
  readonly write: (directory: string) => Effect.Effect<ReadonlyArray<string>, CommandFailed, Command.Environment>
  readonly check: (
    directory: string
  ) => Effect.Effect<
    ReadonlyArray<{ readonly file: string; readonly problem: string }>,
    CommandFailed,
    Command.Environment
  >
}

export class Application extends Context.Service<Application, {
  /** The user of the operating system who runs the command. The audit log names them. */
  readonly administrator: Effect.Effect<string>

  readonly services: (invocation: Invocation) => Layer.Layer<
    Services,
    CommandFailed | MigrationBlocked | StoreUnavailable | StoreUnsuitable,
    Command.Environment
  >

  /** What is known of mails, and the accounts they are about. */
  readonly mails: (invocation: Invocation) => Layer.Layer<
    Accounts | Mails,
    CommandFailed | MigrationBlocked | StoreUnavailable | StoreUnsuitable,
    Command.Environment
  >

  readonly migrator: (invocation: Invocation) => Layer.Layer<SchemaMigrator, CommandFailed, Command.Environment>

  /** Runs the server until it is asked to stop and has answered all accepted requests. */
  readonly serve: (
    invocation: Invocation
  ) => Effect.Effect<void, CommandFailed | MigrationBlocked | StoreUnavailable | StoreUnsuitable, Command.Environment>

  readonly configuration: (
    invocation: Invocation
  ) => Effect.Effect<ConfigurationReport, never, Command.Environment>

  /** Checks the whole installation. Starts nothing and changes nothing. */
  readonly examine: (
    invocation: Invocation
  ) => Effect.Effect<ReadonlyArray<Finding>, never, Command.Environment>

  /** A fresh signing key in the form of `IDENTITY_SIGNING_KEYS`. */
  readonly generateSigningKey: Effect.Effect<Redacted.Redacted<string>>

  readonly mailTemplates: MailTemplateFiles

  /** Says what is wrong with a password hash of another system. Undefined if an import takes it. */
  readonly hashProblem: Effect.Effect<(hash: string) => string | undefined>
}>()("identityd/adapters/cli/kit/Application") {}
