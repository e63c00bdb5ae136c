/** Express as its documentation and that of express-session put it together, with every default kept. */
import argon2 from "@node-rs/argon2"
import connectPgSimple from "connect-pg-simple"
import express from "express"
import session from "express-session"
import { Pool } from "pg"
import { SECRET } from "./secret.js"

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
const PgSession = connectPgSimple(session)
const app = express()

app.use(express.json())
app.use(session({
  store: new PgSession({ pool }),
  secret: SECRET,
  resave: false,
  saveUninitialized: false,
  cookie: { maxAge: 7 * 24 * 60 * 60 * 1000 }
}))

const resource = (request, account) => ({
  id: request.session.id,
  account_id: account.id,
  expires_at: request.session.cookie.expires,
  authenticated_at: request.session.authenticatedAt,
  account: { email: account.email, display_name: account.display_name, created_at: account.created_at }
})

app.get("/sessions/me", async (request, response) => {
  const { accountId } = request.session
  if (accountId === undefined) return response.status(401).end()
  const { rows: [account] } = await pool.query("SELECT * FROM accounts WHERE id = $1", [accountId])
  response.json(resource(request, account))
})

app.post("/sessions", async (request, response) => {
  const { email, password } = request.body
  const { rows: [account] } = await pool.query("SELECT * FROM accounts WHERE email = $1", [email])
  if (account === undefined || !await argon2.verify(account.password_hash, password)) return response.status(401).end()
  request.session.regenerate(() => {
    request.session.accountId = account.id
    request.session.authenticatedAt = new Date()
    request.session.save(() => response.status(201).json(resource(request, account)))
  })
})

app.listen(Number(process.env.PORT), "127.0.0.1")
