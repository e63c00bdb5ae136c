/** What the database holds when all is over, and whether the audit log proves it. */
import { Effect, Schema } from "effect"
import type { Redacted } from "effect"
import { administer } from "../adapters/postgres/DisposableServer.ts"
import { identity } from "../e2e/IdentityProcess.ts"
import type { Variables } from "../e2e/IdentityProcess.ts"

const Account = Schema.Struct({
  id: Schema.String,
  email: Schema.String,
  name: Schema.String,
  version: Schema.Int,
  /** How many claims on an email it has. */
  claims: Schema.Int
})

const Session = Schema.Struct({ id: Schema.String, account: Schema.String })

/** The entries of the audit log with one action about one subject: a session, or else an account. */
const Entries = Schema.Struct({ action: Schema.String, subject: Schema.String, count: Schema.Int })

export const Stored = Schema.Struct({
  accounts: Schema.Array(Account),
  /** Claims on an email that no account has. */
  claimsOfNobody: Schema.Int,
  sessions: Schema.Array(Session),
  entries: Schema.Array(Entries),
  /** Breaks that `identity audit-log --verify` finds. */
  breaks: Schema.Int
})
export type Stored = typeof Stored.Type

const statements = {
  accounts: `SELECT id, email, display_name AS name, version,
      (SELECT count(*)::int FROM account_emails WHERE account_id = accounts.id) AS claims FROM accounts`,
  nobody: `SELECT count(*)::int AS count FROM account_emails
      WHERE NOT EXISTS (SELECT FROM accounts WHERE id = account_id AND accounts.email_key = account_emails.email_key)`,
  sessions: "SELECT id, account_id AS account FROM sessions",
  entries: `SELECT action, coalesce(CASE WHEN action LIKE 'session.%' THEN session_id END, account_id, '') AS subject,
      count(*)::int AS count FROM audit_log GROUP BY 1, 2`
} as const

const Verification = Schema.fromJsonString(Schema.Struct({ breaks: Schema.Array(Schema.Unknown) }))

export const readStored = Effect.fnUntraced(function*(url: Redacted.Redacted, variables: Variables) {
  const [accounts, nobody, sessions, entries] = yield* Effect.forEach(
    [statements.accounts, statements.nobody, statements.sessions, statements.entries],
    (statement) => administer(url, statement)
  )
  const verified = yield* identity(["audit-log", "--verify", "--json"], variables, "", "5 minutes")
  const { breaks } = yield* Schema.decodeEffect(Verification)(verified.stdout).pipe(
    Effect.catch(() => Effect.die(new Error(`audit-log --verify: ${verified.stderr}`)))
  )
  return yield* Schema.decodeUnknownEffect(Stored)({
    accounts,
    claimsOfNobody: nobody?.[0]?.["count"],
    sessions,
    entries,
    breaks: breaks.length
  })
}, Effect.orDie)
