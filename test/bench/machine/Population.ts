/**
 * Accounts and sessions by the hundred thousand, written by the database itself. Ids are digests of their numbers, so
 * tokens for them are made here without asking.
 *
 * Sessions were last used in the future: nothing is noted beside a check, as nothing is in the minute after a use.
 */
import * as argon2 from "@node-rs/argon2"
import { Effect } from "effect"
import { createHash, createHmac } from "node:crypto"
import { writeFile } from "node:fs/promises"
import { AccountId } from "../../../src/domain/model/Account.ts"
import { execute } from "./Postgres.ts"

const KEY_ID = "bench"
const secret = createHash("sha256").update("the signing key of the benchmark suite").digest()

/** The one signing key, as our server and the baselines read it. */
export const SIGNING_KEY = `${KEY_ID}:${secret.toString("base64url")}`

export const PASSWORD = "correct horse battery staple"

export interface Population {
  readonly accounts: number
  readonly sessions: number
}

/** Fills a migrated database. Sessions belong to accounts in turn, and of more accounts to every so manieth. */
export const populate = Effect.fnUntraced(function*(url: string, { accounts, sessions }: Population) {
  const hash = yield* Effect.promise(() => argon2.hash(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }))
  const stride = Math.max(1, Math.floor(accounts / sessions))
  const statements = [
    `INSERT INTO accounts (id, email, email_key, email_verified, password_hash, display_name, status, version,
       session_epoch, created_at, updated_at)
     SELECT ${accountId("n")}, 'person' || n || '@example.com', 'person' || n || '@example.com', false, '${hash}',
       'Person ' || n, 'active', 1, 0, date_trunc('milliseconds', now()) - n * interval '1 second', now()
     FROM generate_series(1, ${accounts}) n`,
    `INSERT INTO account_emails (email_key, account_id) SELECT email_key, id FROM accounts`,
    `INSERT INTO sessions (id, account_id, epoch, created_at, last_used_at, authenticated_at, expires_at,
       expires_not_before, user_agent, ip_address)
     SELECT ${sessionId("n")}, ${
      accountId(`(1 + n * ${stride} % ${accounts})`)
    }, 0, now(), now() + interval '1 day', now(),
       now() + interval '20 days', now() + interval '20 days',
       'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', '192.0.2.7'
     FROM generate_series(1, ${sessions}) n`,
    "VACUUM ANALYZE",
    "CHECKPOINT"
  ]
  yield* Effect.forEach(statements, (statement) => execute(url, statement), { discard: true })
})

/** Adds sessions that are over, for somebody to remove. */
export const addEndedSessions = (url: string, count: number, { accounts }: Population) =>
  execute(
    url,
    `INSERT INTO sessions (id, account_id, epoch, created_at, last_used_at, authenticated_at, expires_at, user_agent,
       ip_address)
     SELECT 'ses_' || left(md5('ended' || n), 25), ${accountId(`(1 + n % ${accounts})`)}, 0,
       now() - interval '30 days', now() - interval '20 days', now() - interval '30 days',
       now() - interval '10 days', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', '192.0.2.7'
     FROM generate_series(1, ${count}) n`
  )

/** SQL for the id of an account by its number, of which SQL is given. */
export const accountId = (number: string) => `'acct_' || left(md5('account' || ${number}), 25)`
const sessionId = (number: string) => `'ses_' || left(md5('session' || ${number}), 25)`

/** The id of an account by its number, from 1. The higher the number, the longer ago it was created. */
export const accountIdOf = (number: number): AccountId =>
  AccountId.make(`acct_${createHash("md5").update(`account${number}`).digest("hex").slice(0, 25)}`)

const tokenOf = (number: number): string => {
  const payload = createHash("md5").update(`session${number}`).digest("hex").slice(0, 25)
  const tag = createHmac("sha256", secret).update(`identity session token v1\0${KEY_ID}\0${payload}\0`)
    .digest("base64url")
  return `${KEY_ID}.${payload}.${tag}`
}

/** As many different requests as a load generator holds with ease; of more sessions it is every so manieth. */
const REQUESTS_MAX = 100_000

/** A file of checks for the load generator, over all of the sessions. */
export const writeChecks = (file: string, sessions: number): Effect.Effect<void> => {
  const count = Math.min(sessions, REQUESTS_MAX)
  const lines = Array.from({ length: count }, (_, index) => {
    const number = 1 + Math.floor(index * sessions / count)
    return `GET\t/sessions/me\t\tauthorization\tBearer ${tokenOf(number)}\n`
  })
  return Effect.promise(() => writeFile(file, lines.join("")))
}

/** A file of sign-ins, one an account. */
export const writeSignIns = (file: string, accounts: number): Effect.Effect<void> => {
  const lines = Array.from({ length: accounts }, (_, index) => {
    const body = JSON.stringify({ email: `person${index + 1}@example.com`, password: PASSWORD })
    return `POST\t/sessions\t${body}\tcontent-type\tapplication/json\n`
  })
  return Effect.promise(() => writeFile(file, lines.join("")))
}
