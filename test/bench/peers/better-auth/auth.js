/**
 * Better Auth as its documentation sets it up, with argon2id as that shows it, so that everybody hashes alike. With
 * COOKIE_CACHE a session is also in a signed cookie.
 */
import argon2 from "@node-rs/argon2"
import { betterAuth } from "better-auth"
import { Pool } from "pg"

export const SECRET = "the secret of the benchmark suite, long enough"

/** The page that people sign in from. */
export const ORIGIN = "https://app.example.com"

export const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 })

const argon2id = {
  hash: (password) => argon2.hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }),
  verify: ({ hash, password }) => argon2.verify(hash, password)
}

export const { hash } = argon2id

export const options = {
  database: pool,
  secret: SECRET,
  baseURL: `http://127.0.0.1:${process.env.PORT ?? 80}`,
  emailAndPassword: { enabled: true, password: argon2id },
  // For longer than a run takes, so that all cookies are valid. By default it is five minutes.
  session: { cookieCache: { enabled: process.env.COOKIE_CACHE === "on", maxAge: 60 * 60 } },
  trustedOrigins: [ORIGIN],
  // Everything comes from one address.
  rateLimit: { enabled: false },
  telemetry: { enabled: false }
}

export const auth = betterAuth(options)
