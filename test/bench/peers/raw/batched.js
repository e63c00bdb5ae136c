/** The limit: the look-ups of one turn of the event loop share one prepared statement, at most two at once. */
import { Pool } from "pg"
import { columns, serve } from "./session-check.js"

const STATEMENTS_MAX = 2

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: STATEMENTS_MAX })

const text = `SELECT ${columns} FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.id = ANY ($1::text[])`

let waiting = []
let running = 0
let scheduled = false

const send = async () => {
  scheduled = false
  if (waiting.length === 0 || running === STATEMENTS_MAX) return
  const batch = waiting
  waiting = []
  running += 1
  try {
    const ids = batch.map(({ id }) => id)
    const { rows } = await pool.query({ name: "find-sessions", text, values: [ids] })
    const byId = new Map(rows.map((row) => [row.session_id, row]))
    for (const { id, resolve } of batch) resolve(byId.get(id))
  } catch (error) {
    for (const { reject } of batch) reject(error)
  }
  running -= 1
  schedule()
}

const schedule = () => {
  if (scheduled) return
  scheduled = true
  setImmediate(send)
}

serve((id) =>
  new Promise((resolve, reject) => {
    waiting.push({ id, resolve, reject })
    schedule()
  })
)
