/** Creates the tables of Better Auth with accounts and sessions, and writes requests that fit. */
import { getMigrations } from "better-auth/db/migration"
import { createHash, createHmac } from "node:crypto"
import { writeFileSync } from "node:fs"
import { hash, options, ORIGIN, pool, SECRET } from "./auth.js"

const [directory, accounts, sessions, password] = process.argv.slice(2)
const { runMigrations } = await getMigrations(options)
await runMigrations()
await pool.query(
  `INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
   SELECT 'user' || n, 'Person ' || n, 'person' || n || '@example.com', true, now(), now()
   FROM generate_series(1, $1::int) n`,
  [accounts]
)
await pool.query(
  `INSERT INTO account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
   SELECT 'account' || n, 'user' || n, 'credential', 'user' || n, $2, now(), now() FROM generate_series(1, $1::int) n`,
  [accounts, await hash(password)]
)
await pool.query(
  `INSERT INTO session (id, "expiresAt", token, "createdAt", "updatedAt", "ipAddress", "userAgent", "userId")
   SELECT 'session' || n, now() + interval '7 days', left(md5('session' || n), 32), now(), now(), '192.0.2.7',
     'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'user' || (1 + n % $1::int)
   FROM generate_series(1, $2::int) n`,
  [accounts, sessions]
)
await pool.query("VACUUM ANALYZE")
await pool.end()

const checks = Array.from({ length: Number(sessions) }, (_, index) => {
  const token = createHash("md5").update(`session${index + 1}`).digest("hex")
  const tag = createHmac("sha256", SECRET).update(token).digest("base64")
  return `GET\t/api/auth/get-session\t\tcookie\tbetter-auth.session_token=${encodeURIComponent(`${token}.${tag}`)}\n`
})
const signIns = Array.from({ length: Number(accounts) }, (_, index) => {
  const body = JSON.stringify({ email: `person${index + 1}@example.com`, password })
  return `POST\t/api/auth/sign-in/email\t${body}\tcontent-type\tapplication/json\torigin\t${ORIGIN}\n`
})
writeFileSync(`${directory}/checks`, checks.join(""))
writeFileSync(`${directory}/sign-ins`, signIns.join(""))
