/**
 * Creates users one after another with password hashes that another system has made, in each way that Better Auth has,
 * and prints how many a second.
 */
import { betterAuth } from "better-auth"
import { getMigrations } from "better-auth/db/migration"
import { createHash } from "node:crypto"
import { options, pool } from "./auth.js"

const [count] = process.argv.slice(2).map(Number)

// The password that is given is the hash already, so nothing is hashed. Nobody is signed in.
const given = {
  ...options,
  emailAndPassword: {
    enabled: true,
    autoSignIn: false,
    maxPasswordLength: 1000,
    password: { hash: async (password) => password, verify: async () => false }
  }
}

const { runMigrations } = await getMigrations(given)
await runMigrations()
const auth = betterAuth(given)
const { adapter } = await auth.$context

const personOf = (way, index) => ({
  name: `Person ${index}`,
  email: `${way}.${index}@example.com`,
  hash: `$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$${
    createHash("sha256").update(String(index)).digest("base64").replace(/=+$/, "")
  }`
})

/** What its guides for coming from other systems do: the two rows of a user, by the adapter of the database. */
const byAdapter = async (index) => {
  const { email, hash, name } = personOf("adapter", index)
  const now = new Date()
  const user = await adapter.create({
    model: "user",
    data: { email, name, emailVerified: true, createdAt: now, updatedAt: now }
  })
  await adapter.create({
    model: "account",
    data: {
      userId: user.id,
      accountId: user.id,
      providerId: "credential",
      password: hash,
      createdAt: now,
      updatedAt: now
    }
  })
}

/** Its server API. */
const byApi = async (index) => {
  const { email, hash, name } = personOf("api", index)
  await auth.api.signUpEmail({ body: { email, name, password: hash } })
}

const perSecond = async (create) => {
  for (let index = 0; index < count / 10; index++) await create(-1 - index)
  const begun = performance.now()
  for (let index = 0; index < count; index++) await create(index)
  return count * 1000 / (performance.now() - begun)
}

const figures = { api: await perSecond(byApi), adapter: await perSecond(byAdapter) }
const { rows: [{ users }] } = await pool.query(
  `SELECT count(*)::int AS users FROM account WHERE password LIKE '$argon2id$%'`
)
if (users < 2 * count) throw new Error(`only ${users} have their hashes`)
process.stdout.write(`${JSON.stringify(figures)}\n`)
await pool.end()
