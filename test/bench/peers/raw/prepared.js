/** The baseline: one prepared statement a request, on a pool as large as ours. */
import { Pool } from "pg"
import { columns, serve } from "./session-check.js"

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 })

const text = `SELECT ${columns} FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.id = $1`

serve(async (id) => (await pool.query({ name: "find-session", text, values: [id] })).rows[0])
