/** Creates the tables of Better Auth with accounts and sessions, and writes requests that fit. */
import { getMigrations } from "better-auth/db/migration"
import { createHash, createHmac } from "node:crypto"
import { writeFileSync } from "node:fs"
import { auth, hash, options, ORIGIN, pool, SECRET } from "./auth.js"

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

const cookieOf = (number) => {
  const token = createHash("md5").update(`session${number}`).digest("hex")
  const tag = createHmac("sha256", SECRET).update(token).digest("base64")
  return `better-auth.session_token=${encodeURIComponent(`${token}.${tag}`)}`
}

/** What a browser sends that has asked for its session before: the cookie that it was given then as well. */
const withCache = async (cookie) => {
  const request = new Request(`${options.baseURL}/api/auth/get-session`, { headers: { cookie } })
  const cookies = (await auth.handler(request)).headers.getSetCookie()
  const [cached] = cookies.find((one) => one.startsWith("better-auth.session_data="))?.split(";") ?? []
  if (cached === undefined) throw new Error("no cookie was given")
  return `${cookie}; ${cached}`
}

/** Cookies of as many sessions as it gives in some seconds. */
const CACHED = 5000

const isCached = options.session.cookieCache.enabled
const cookies = []
for (let number = 1; number <= (isCached ? CACHED : sessions); number++) {
  cookies.push(isCached ? await withCache(cookieOf(number)) : cookieOf(number))
}
await pool.end()

const checks = cookies.map((cookie) => `GET\t/api/auth/get-session\t\tcookie\t${cookie}\n`)
const signIns = Array.from({ length: Number(accounts) }, (_, index) => {
  const body = JSON.stringify({ email: `person${index + 1}@example.com`, password })
  return `POST\t/api/auth/sign-in/email\t${body}\tcontent-type\tapplication/json\torigin\t${ORIGIN}\n`
})
writeFileSync(`${directory}/checks`, checks.join(""))
writeFileSync(`${directory}/sign-ins`, signIns.join(""))
