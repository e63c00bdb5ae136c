/** Creates the tables of `server.js` with accounts and sessions, and writes requests that fit. */
import argon2 from "@node-rs/argon2"
import { createHash, createHmac } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { Client } from "pg"
import { SECRET } from "./secret.js"

const [directory, accounts, sessions, password] = process.argv.slice(2)
const client = new Client({ connectionString: process.env.DATABASE_URL })
const hash = await argon2.hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })

await client.connect()
await client.query(`CREATE TABLE accounts (id integer PRIMARY KEY, email text UNIQUE NOT NULL,
  password_hash text NOT NULL, display_name text NOT NULL, created_at timestamptz NOT NULL)`)
await client.query(readFileSync(new URL("node_modules/connect-pg-simple/table.sql", import.meta.url), "utf8"))
await client.query(
  `INSERT INTO accounts SELECT n, 'person' || n || '@example.com', $1, 'Person ' || n, now()
   FROM generate_series(1, $2::int) n`,
  [hash, accounts]
)
await client.query(
  `INSERT INTO session (sid, expire, sess)
   SELECT left(md5('session' || n), 32), now() + interval '7 days', json_build_object(
     'cookie', json_build_object('originalMaxAge', 604800000, 'expires', now() + interval '7 days', 'httpOnly', true,
       'path', '/'),
     'accountId', 1 + n % $1::int, 'authenticatedAt', now())
   FROM generate_series(1, $2::int) n`,
  [accounts, sessions]
)
await client.query("VACUUM ANALYZE")
await client.end()

const checks = Array.from({ length: Number(sessions) }, (_, index) => {
  const sid = createHash("md5").update(`session${index + 1}`).digest("hex")
  const tag = createHmac("sha256", SECRET).update(sid).digest("base64").replace(/=+$/, "")
  return `GET\t/sessions/me\t\tcookie\tconnect.sid=${encodeURIComponent(`s:${sid}.${tag}`)}\n`
})
const signIns = Array.from({ length: Number(accounts) }, (_, index) => {
  const body = JSON.stringify({ email: `person${index + 1}@example.com`, password })
  return `POST\t/sessions\t${body}\tcontent-type\tapplication/json\n`
})
writeFileSync(`${directory}/checks`, checks.join(""))
writeFileSync(`${directory}/sign-ins`, signIns.join(""))
