/** Better Auth as its documentation sets it up. HASH=argon2id takes our hash in the place of its own. */
import argon2 from "@node-rs/argon2"
import { betterAuth } from "better-auth"
import { hashPassword } from "better-auth/crypto"
import { Pool } from "pg"

export const SECRET = "the secret of the benchmark suite, long enough"

/** The page that people sign in from. */
export const ORIGIN = "https://app.example.com"

export const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 })

const argon2id = {
  hash: (password) => argon2.hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }),
  verify: ({ hash, password }) => argon2.verify(hash, password)
}

const isOurs = process.env.HASH === "argon2id"

export const hash = isOurs ? argon2id.hash : hashPassword

export const options = {
  database: pool,
  secret: SECRET,
  baseURL: `http://127.0.0.1:${process.env.PORT ?? 80}`,
  emailAndPassword: { enabled: true, ...(isOurs ? { password: argon2id } : {}) },
  trustedOrigins: [ORIGIN],
  // Everything comes from one address.
  rateLimit: { enabled: false },
  telemetry: { enabled: false }
}

export const auth = betterAuth(options)
