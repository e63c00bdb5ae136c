/**
 * What somebody writes who needs these two requests and nothing else: a signed token, one prepared statement, the same
 * tables as ours. No log, no metrics, no limits, no audit log.
 */
import argon2 from "@node-rs/argon2"
import Fastify from "fastify"
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import { Pool } from "pg"

const [kid, secret] = process.env.SIGNING_KEY.split(":")
const key = Buffer.from(secret, "base64url")
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
const app = Fastify()

const tagOf = (payload) =>
  createHmac("sha256", key).update(`identity session token v1\0${kid}\0${payload}\0`).digest("base64url")

const sessionIdOf = (authorization = "") => {
  const [id, payload, tag] = authorization.replace(/^Bearer /, "").split(".")
  if (id !== kid || tag?.length !== 43) return undefined
  return timingSafeEqual(Buffer.from(tagOf(payload)), Buffer.from(tag)) ? `ses_${payload}` : undefined
}

const text = { type: "string" }
const optionalText = { type: ["string", "null"] }

const session = {
  type: "object",
  properties: {
    id: text,
    account_id: text,
    created_at: text,
    last_used_at: text,
    expires_at: text,
    authenticated_at: text,
    amr: { type: "array", items: text },
    aal: { type: "integer" },
    elevated_until: optionalText,
    current: { type: "boolean" },
    user_agent: optionalText,
    ip_address: optionalText,
    token: text,
    account: { type: "object", properties: { email: text, display_name: text, created_at: text } }
  }
}

const resource = (row) => ({
  ...row,
  amr: row.amr.split(" "),
  current: true,
  account: { ...row, created_at: row.account_created_at }
})

const findSession = `SELECT s.id, s.account_id, s.created_at, s.last_used_at, s.expires_at, s.authenticated_at,
    s.amr, s.aal, s.elevated_until, s.user_agent, s.ip_address, a.email, a.display_name,
    a.created_at AS account_created_at
  FROM sessions s JOIN accounts a ON a.id = s.account_id
  WHERE s.id = $1 AND s.expires_at > now() AND a.status = 'active' AND a.session_epoch = s.epoch`

app.get("/sessions/me", { schema: { response: { 200: session } } }, async (request, reply) => {
  const id = sessionIdOf(request.headers.authorization)
  if (id === undefined) return reply.code(401).send()
  const { rows: [row] } = await pool.query({ name: "find-session", text: findSession, values: [id] })
  return row === undefined ? reply.code(401).send() : resource(row)
})

const credentials = {
  type: "object",
  required: ["email", "password"],
  properties: { email: text, password: text }
}

const findAccount = `SELECT a.* FROM account_emails e JOIN accounts a ON a.id = e.account_id WHERE e.email_key = $1`

const startSession = `INSERT INTO sessions (id, account_id, epoch, created_at, last_used_at, authenticated_at,
    expires_at, user_agent, ip_address)
  VALUES ($1, $2, $3, now(), now(), now(), now() + interval '7 days', $4, $5) RETURNING *`

app.post("/sessions", { schema: { body: credentials, response: { 201: session } } }, async (request, reply) => {
  const { email, password } = request.body
  const { rows: [account] } = await pool.query({ name: "find-account", text: findAccount, values: [email] })
  if (account === undefined || !await argon2.verify(account.password_hash, password)) return reply.code(401).send()
  const payload = BigInt(`0x${randomBytes(16).toString("hex")}`).toString(36).padStart(25, "0")
  const values = [`ses_${payload}`, account.id, account.session_epoch, request.headers["user-agent"], request.ip]
  const { rows: [started] } = await pool.query({ name: "start-session", text: startSession, values })
  const row = { ...account, ...started, account_created_at: account.created_at }
  return reply.code(201).send({ ...resource(row), token: `${kid}.${payload}.${tagOf(payload)}` })
})

await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" })
