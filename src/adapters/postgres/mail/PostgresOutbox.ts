/**
 * Waiting mails on Postgres. A claim skips rows that others are claiming, so nobody waits for anybody.
 */
import { DateTime, identity } from "effect"
import type { MailId } from "../../../domain/model/Mail.ts"
import { Outbox } from "../../../ports/Outbox.ts"
import type { MailClaim, MailSettlement } from "../../../ports/Outbox.ts"
import { selectedColumns } from "../columns.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { changingOne, counting, findingOne, readingAll, statement } from "../statement.ts"
import { mailTable } from "../tables.ts"

export const make = ({ read, run }: PostgresClient["Service"]): Outbox["Service"] =>
  Outbox.of({
    claim: (input) => run("Outbox.claim", readingAll(claim, input, mailTable.read)),

    expire: (input) => run("Outbox.expire", readingAll(expire, input, mailTable.read)),

    settle: (input) => run("Outbox.settle", changingOne(settle, input)),

    retry: (input) => run("Outbox.retry", counting(retry, input)),

    find: (id) => read("Outbox.find", findingOne(selectById, id, mailTable.read))
  })

type Input<Operation extends "expire" | "retry"> = Parameters<Outbox["Service"][Operation]>[0]

const columns = selectedColumns(mailTable, "m")

const isFree = (now: string) => `(m.claimed_until IS NULL OR m.claimed_until <= ${now})`

// An array, unlike a joined subquery, never makes the planner read the whole table for an unknown limit.
const these = (condition: string, order: string, limit: string) =>
  `m.id = ANY (ARRAY (
    SELECT m.id FROM mails m WHERE ${condition} ORDER BY ${order} LIMIT ${limit} FOR UPDATE SKIP LOCKED
  ))`

const claim = statement<MailClaim>(($) => {
  const now = $((input) => DateTime.toDateUtc(input.now))
  const isDue = `m.status = 'waiting' AND m.next_attempt_at <= ${now} AND m.give_up_at > ${now} AND ${isFree(now)}`
  return `
  UPDATE mails m SET attempts = m.attempts + 1, claimed_until = ${$(({ until }) => DateTime.toDateUtc(until))}
  WHERE ${these(isDue, "m.next_attempt_at", $(({ limit }) => limit))}
  RETURNING ${columns}`
})

const expire = statement<Input<"expire">>(($) => {
  const now = $((input) => DateTime.toDateUtc(input.now))
  const isOver = `m.status = 'waiting' AND m.give_up_at <= ${now} AND ${isFree(now)}`
  return `
  UPDATE mails m SET status = 'expired', settled_at = ${now}
  WHERE ${these(isOver, "m.id", $(({ limit }) => limit))}
  RETURNING ${columns}`
})

const retry = statement<Input<"retry">>(($) => {
  const now = $((input) => DateTime.toDateUtc(input.now))
  const isWanted = `(m.status = 'refused' OR (m.status = 'waiting' AND m.next_attempt_at > ${now}))
      AND m.give_up_at > ${now}`
  return `
  UPDATE mails m SET status = 'waiting', settled_at = NULL, next_attempt_at = ${now}
  WHERE ${these(isWanted, "m.id", $(({ limit }) => limit))}`
})

const statuses = { Sent: "sent", Refused: "refused", Failed: "waiting" } as const

const settle = statement<MailSettlement>(($) => {
  const status = `${$(({ outcome }) => statuses[outcome._tag])}::text`
  const nextAttemptAt = $(({ outcome }) =>
    outcome._tag === "Failed" ? DateTime.toDateUtc(outcome.nextAttemptAt) : undefined
  )
  return `
  UPDATE mails SET status = ${status}, claimed_until = NULL,
    next_attempt_at = coalesce(${nextAttemptAt}, next_attempt_at),
    settled_at = CASE WHEN ${status} <> 'waiting' THEN ${$(({ now }) => DateTime.toDateUtc(now))}::timestamptz END,
    last_error = ${$(({ outcome }) => outcome._tag === "Sent" ? undefined : outcome.reason)}
  WHERE id = ${$(({ id }) => id)} AND status = 'waiting' AND attempts = ${$(({ attempt }) => attempt)}`
})

const selectById = statement<MailId>(($) => `SELECT ${columns} FROM mails m WHERE m.id = ${$(identity)}`)
