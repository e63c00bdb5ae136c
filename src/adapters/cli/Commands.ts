/** The commands of `identity`. */
import { Effect } from "effect"
import { Command } from "effect/cli"
import type { CliError } from "effect/cli"
import type { CommandFailed } from "../../platform/process/CommandFailed.ts"
import { auditLog } from "./commands/audit-log.ts"
import { config } from "./commands/config.ts"
import { convertImport } from "./commands/convert-import.ts"
import { createAccount } from "./commands/create-account.ts"
import { createApiKey } from "./commands/create-api-key.ts"
import { deleteAccount } from "./commands/delete-account.ts"
import { disableAccount } from "./commands/disable-account.ts"
import { doctor } from "./commands/doctor.ts"
import { enableAccount } from "./commands/enable-account.ts"
import { endChallenges } from "./commands/end-challenges.ts"
import { exportAccounts } from "./commands/export-accounts.ts"
import { generateSigningKey } from "./commands/generate-signing-key.ts"
import { helpOn } from "./commands/help.ts"
import { importAccounts } from "./commands/import-accounts.ts"
import { listAccounts } from "./commands/list-accounts.ts"
import { listApiKeys } from "./commands/list-api-keys.ts"
import { listFactors } from "./commands/list-factors.ts"
import { listMails } from "./commands/list-mails.ts"
import { listSessions } from "./commands/list-sessions.ts"
import { mailTemplates } from "./commands/mail-templates.ts"
import { migrate } from "./commands/migrate.ts"
import { prune } from "./commands/prune.ts"
import { removeFactor } from "./commands/remove-factor.ts"
import { retryMails } from "./commands/retry-mails.ts"
import { revokeApiKey } from "./commands/revoke-api-key.ts"
import { revokeSessions } from "./commands/revoke-sessions.ts"
import { rollApiKey } from "./commands/roll-api-key.ts"
import { rotateEncryptionKeys } from "./commands/rotate-encryption-keys.ts"
import { sendRecovery } from "./commands/send-recovery.ts"
import { sendTestMail } from "./commands/send-test-mail.ts"
import { serve } from "./commands/serve.ts"
import { setPassword } from "./commands/set-password.ts"
import { showAccount } from "./commands/show-account.ts"
import { showMail } from "./commands/show-mail.ts"
import { updateAccount } from "./commands/update-account.ts"
import { unverifyEmail, verifyEmail } from "./commands/verify-email.ts"
import type { Application } from "./kit/Application.ts"
import type { Refusal } from "./kit/Failure.ts"
import { globalFlags } from "./kit/GlobalFlags.ts"

const server = [
  serve,
  migrate,
  prune,
  config,
  doctor,
  generateSigningKey,
  rotateEncryptionKeys,
  endChallenges,
  mailTemplates
] as const

const accounts = [
  createAccount,
  showAccount,
  listAccounts,
  updateAccount,
  setPassword,
  sendRecovery,
  verifyEmail,
  unverifyEmail,
  disableAccount,
  enableAccount,
  deleteAccount,
  listFactors,
  removeFactor,
  convertImport,
  importAccounts,
  exportAccounts
] as const

const sessions = [listSessions, revokeSessions] as const

const mails = [listMails, showMail, retryMails, sendTestMail] as const

const keys = [createApiKey, listApiKeys, rollApiKey, revokeApiKey] as const

const audit = [auditLog] as const

/**
 * Shows the help of one command or the list of all. `identity` contains it, so inference would be circular without the
 * type.
 */
const showHelp = (
  path: ReadonlyArray<string>
): Effect.Effect<void, CommandFailed | Refusal | CliError.CliError, Application | Command.Environment> =>
  Effect.suspend(() => Command.runWith(identity, { version: "" })([...path, "--help"]))

const names = [...[...server, ...accounts, ...sessions, ...mails, ...keys, ...audit].map(({ name }) => name), "help"]

export const identity = Command.make("identity").pipe(
  Command.withDescription("Manages the accounts and sessions of an application."),
  Command.withSubcommands([
    { group: "Server", commands: server },
    { group: "Accounts", commands: accounts },
    { group: "Sessions", commands: sessions },
    { group: "Mails", commands: mails },
    { group: "API keys", commands: keys },
    { group: "Audit", commands: audit },
    { group: "Help", commands: [helpOn(names, showHelp)] }
  ]),
  Command.withGlobalFlags(globalFlags)
)
